-- Whoever commits records shares the lock of their projects; whoever changes, resets or deletes a project holds it alone.
-- Advisory locks instead of locks of rows: they are granted in the order in which they were asked for, so that a stream
-- of commits cannot starve a change, and they write nothing.
create function hold_projects(project_ids integer[], identity_lock text, wait_ms integer)
returns table (id integer, version integer)
language plpgsql rows 1
as $$
#variable_conflict use_column
declare
  usual_timeout constant text := current_setting('lock_timeout');
  step record;
  is_had boolean := true;
  locked integer[] := '{}';
begin
  if wait_ms > 0 then
    perform set_config('lock_timeout', wait_ms::text, true);
  end if;
  for step in
    select distinct class, project_id % 256 as bucket, class = 7000 or identity_lock = 'shared' as is_shared
    from unnest(project_ids) as project_id, unnest(array[7000, 7001]) as class
    where class = 7000 or identity_lock <> 'none'
    order by class, bucket
  loop
    if wait_ms > 0 and step.is_shared then
      perform pg_advisory_xact_lock_shared(step.class, step.bucket);
    elsif wait_ms > 0 then
      perform pg_advisory_xact_lock(step.class, step.bucket);
    elsif step.is_shared then
      is_had := pg_try_advisory_xact_lock_shared(step.class, step.bucket);
    else
      is_had := pg_try_advisory_xact_lock(step.class, step.bucket);
    end if;
    if not is_had then
      locked := locked || step.bucket;
    end if;
  end loop;
  if wait_ms > 0 then
    perform set_config('lock_timeout', usual_timeout, true);
  end if;
  if locked <> '{}' then
    return query select project_id, null::integer from unnest(project_ids) as project_id where project_id % 256 = any(locked);
  else
    -- At read committed, each statement of a function sees what was committed before that statement began: all changes
    -- by those who held the locks before.
    return query select project.id, project.version from project where project.id = any(project_ids);
  end if;
end
$$;
comment on function hold_projects is
  'Takes the locks of projects, and then those of their identities (none, shared or exclusive), until the transaction ends; see src/store/locks.ts. Waits up to wait_ms for each; with 0 it waits for none, and if one is held by another it returns the projects concerned, without a version. Else it returns the projects that exist, as they are now.';
