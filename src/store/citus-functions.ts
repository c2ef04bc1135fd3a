/*
 * Functions that the coordinator of Citus has, for what a single statement cannot ask of distributed tables. They run on
 * the coordinator: a statement that reads tables besides must call them in a CTE that is materialized.
 */

/**
 * Runs a statement for each of some ids, in place of a lateral join. It names the project $1, the id $2 and a bound $3; if
 * all its tables are restricted to the id, it runs on one worker, and may then be any statement.
 */
const FOR_EACH_ID = `
  create or replace function for_each_id(statement text, project_id integer, ids text[], bound bigint)
  returns setof record language plpgsql as $body$
  declare
    id text;
  begin
    foreach id in array ids loop
      return query execute statement using project_id, id, bound;
    end loop;
  end
  $body$`

/**
 * Holds profiles with these keys until the transaction ends, and reads them as they are then. Rows of several workers
 * cannot be locked by one statement, so that 256 locks of the coordinator stand for them: see locks.ts.
 */
const HOLD_PROFILES = `
  create or replace function hold_profiles(project_ids integer[], group_keys text[], ids text[])
  returns table (project_id integer, group_key text, distinct_id text, properties jsonb, bytes integer)
  language plpgsql as $body$
  #variable_conflict use_column
  declare
    bucket integer;
  begin
    for bucket in
      select distinct abs(hashtext(asked.id)::bigint) % 256 from unnest(ids) as asked (id) order by 1
    loop
      perform pg_advisory_xact_lock(7004, bucket);
    end loop;
    return query
      select project_id, group_key, distinct_id, properties,
             case when pg_column_compression(properties) is null then pg_column_size(properties)
                  else octet_length(properties::text) end
      from profile
      where distinct_id = any(ids) and (project_id, group_key, distinct_id)
        in (select * from unnest(project_ids, group_keys, ids));
  end
  $body$`

/** Moves profiles of users to other ids. The id decides which worker has a row, so that it cannot be updated. */
const MOVE_PROFILES = `
  create or replace function move_profiles(project integer, from_ids text[], to_ids text[])
  returns void language plpgsql as $body$
  begin
    insert into profile (project_id, group_key, distinct_id, properties)
    select project, '', move.to_id, moved.properties
    from (select distinct_id, properties from profile
          where profile.project_id = project and group_key = '' and distinct_id = any(from_ids) offset 0) as moved
    join unnest(from_ids, to_ids) as move (from_id, to_id) on move.from_id = moved.distinct_id;
    delete from profile where profile.project_id = project and group_key = '' and distinct_id = any(from_ids);
  end
  $body$`

/** The names of a project's events, by one step of the index on every worker for each. */
const EVENT_NAMES = `
  create or replace function event_names(project integer, most integer)
  returns table (name text) language plpgsql as $body$
  begin
    select min(event.event) into name from event where event.project_id = project;
    while name is not null and most > 0 loop
      return next;
      most := most - 1;
      select min(event.event) into name from event where event.project_id = project and event.event > name;
    end loop;
  end
  $body$`

/**
 * Recovers commits, if the role may and there are any, and reads which are left: see late-commits.ts. Entries of
 * pg_dist_transaction have a transaction's number in 32 bits, to which those above are added. What is deleted here is
 * deleted again if the coordinator loses it.
 */
const FINISH_COMMITS = `
  create or replace function finish_commits(out next bigint, out first bigint)
  language plpgsql as $body$
  #variable_conflict use_column
  begin
    if exists (select from pg_dist_transaction)
      and has_function_privilege('recover_prepared_transactions()', 'execute') then
      perform set_config('synchronous_commit', 'off', true);
      perform recover_prepared_transactions();
    end if;
    select now.next, min(now.next - ((now.next - entry.xmin::text::bigint) & 4294967295)) into next, first
    from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) as now
    left join pg_dist_transaction as entry on true group by now.next;
  end
  $body$`

export const FUNCTIONS: readonly string[] = [
  FOR_EACH_ID,
  HOLD_PROFILES,
  MOVE_PROFILES,
  EVENT_NAMES,
  FINISH_COMMITS,
]
