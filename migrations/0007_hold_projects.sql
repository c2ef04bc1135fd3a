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
  buckets integer[];
  bucket integer;
  is_shared boolean;
  is_had boolean := true;
  locked integer[] := '{}';
begin
  if cardinality(project_ids) = 1 then
    buckets := array[project_ids[1] % 256];
  else
    buckets := array(select distinct project_id % 256 from unnest(project_ids) as project_id order by 1);
  end if;
  if wait_ms > 0 then
    perform set_config('lock_timeout', wait_ms::text, true);
  end if;
  for class in 7000 .. case identity_lock when 'none' then 7000 else 7001 end loop
    is_shared := class = 7000 or identity_lock = 'shared';
    foreach bucket in array buckets loop
      if wait_ms > 0 and is_shared then
        perform pg_advisory_xact_lock_shared(class, bucket);
      elsif wait_ms > 0 then
        perform pg_advisory_xact_lock(class, bucket);
      elsif is_shared then
        is_had := pg_try_advisory_xact_lock_shared(class, bucket);
      else
        is_had := pg_try_advisory_xact_lock(class, bucket);
      end if;
      if not is_had then
        locked := locked || bucket;
      end if;
    end loop;
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

-- The usual commit is one statement, for one project, of which no lock is held: it costs a third less than with a join.
create function holds_projects(project_ids integer[], versions integer[])
returns boolean
language plpgsql
as $$
begin
  if cardinality(project_ids) = 1 then
    if not pg_try_advisory_xact_lock_shared(7000, project_ids[1] % 256) then
      return false;
    end if;
    return exists (select from project where project.id = project_ids[1] and project.version = versions[1]);
  end if;
  return cardinality(project_ids) = (
    select count(*) from hold_projects(project_ids, 'none', 0)
    join unnest(project_ids, versions) as judged (id, version) using (id, version)
  );
end
$$;
comment on function holds_projects is
  'Takes the locks of projects in shared mode, without waiting. True if all are held, and the projects still have the given versions.';
