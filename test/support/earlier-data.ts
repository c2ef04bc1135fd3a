import { Client } from 'pg'

/** The migrations of the versions before 0.1.0. */
const NAMES = [
  '0001_projects_and_events',
  '0002_identity_and_verdicts',
  '0003_profiles',
  '0005_flags',
  '0006_lookup_tables',
  '0008_data_tasks',
  '0009_query_sessions',
  '0010_resets',
  '0011_stream',
  '0012_clock_and_pending_merges',
  '0013_clients',
  '0014_bounds',
]

/** Makes an empty database look like one of a version before 0.1.0: its migrations, and one table. */
export const MAKE_EARLIER_DATA = `
  create table migration (name varchar(255) primary key, timestamp varchar(255) not null);
  insert into migration select unnest('{${NAMES.join(',')}}'::text[]), '2026-11-01T00:00:00.000Z';
  create table migration_lock (id varchar(255) primary key, is_locked integer default 0 not null);
  insert into migration_lock values ('migration_lock', 0);
  create table project (
    id integer generated always as identity primary key,
    token text collate "C" not null unique,
    name text not null,
    created_at timestamptz not null default now()
  );
  insert into project (token, name) values ('old', 'made before');`

/** Everything in a database that a start could change: its relations with their owners, roles, and rows. */
export async function snapshotOf(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(`
      select (select jsonb_agg(to_jsonb(relation) - 'relpages' - 'reltuples' - 'relallvisible'
                               - 'relallfrozen' order by oid)
              from pg_class as relation where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace) as relations,
             (select jsonb_agg(jsonb_build_array(rolname, rolcanlogin) order by rolname) from pg_roles) as roles,
             (select jsonb_agg(migration order by name) from migration) as migrations,
             (select jsonb_agg(migration_lock) from migration_lock) as lock,
             (select jsonb_agg(project) from project) as projects`)
    return rows[0]
  } finally {
    await client.end()
  }
}
