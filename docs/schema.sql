-- The tables after all migrations. Written by `node docs/schema.ts` from the catalogue of a migrated database:
-- to change it, add a migration.
--
-- Conventions:
--   In the tables of records every key begins with project_id, which is project.id, and there are no foreign keys,
--   so that the tables can be distributed over several servers by project or by distinct_id.
--   Ids and names sent by clients are compared byte by byte (GEN-03): collate "C".
--   Columns ending in _ms are in milliseconds: points in time since the epoch, except for clock_offset_ms.
--   A seq increases with every row.

-- A Mixpanel project. A reset gives it a new id, so that the records of the old one can be deleted
-- afterwards.
create table project (
  -- The value of project_id in the tables of records. Internal: a reset changes it.
  id                   integer not null generated always as identity,
  -- The project_id of the API. Never changes; flag and project_member, which a reset keeps, refer to it. Has
  -- seven digits, like Mixpanel's, so that it cannot be confused with project.id.
  public_id            integer not null generated always as identity (start with 1000001),
  token                text collate "C" not null,
  -- SHA-256 of the API secret, without a salt because the secret is random.
  secret_hash          bytea not null,
  name                 text not null,
  id_management        text not null,
  timezone             text not null,
  -- Only the settings that differ from the defaults.
  settings             jsonb not null,
  -- Increases with every change. Records judged by an older version are judged again before they are written.
  version              integer not null default 1,
  -- How far the project's clock is ahead of the server's.
  clock_offset_ms      bigint not null default 0,
  -- Created by the first use of an unknown token, not through the API. The number of such projects is
  -- limited.
  is_from_token        boolean not null default false,
  created_at           timestamptz not null default now(),
  -- public_id of the project whose token is nearly the same, for a project created by an unknown token; it
  -- may be deleted.
  similar_to           integer,
  -- event.seq of the last event of any project before this one was created or last reset;
  -- verdict_seq_at_start is that of the last verdict.
  event_seq_at_start   bigint not null default COALESCE(pg_sequence_last_value(to_regclass('event_seq_seq'::text)), (0)::bigint),
  verdict_seq_at_start bigint not null default COALESCE(pg_sequence_last_value(to_regclass('verdict_seq_seq'::text)), (0)::bigint),
  constraint project_pkey primary key (id),
  constraint project_public_id_key unique (public_id),
  constraint project_token_key unique (token),
  constraint project_secret_hash_key unique (secret_hash),
  constraint project_id_management_check check (id_management in ('simplified', 'original', 'legacy'))
);

create table service_account (
  username    text collate "C" not null,
  secret_hash bytea not null,
  expires_at  timestamptz,
  created_at  timestamptz not null default now(),
  constraint service_account_pkey primary key (username)
);

-- The role of a service account in a project.
create table project_member (
  -- project.public_id.
  project_id integer not null,
  username   text collate "C" not null,
  role       text not null,
  constraint project_member_pkey primary key (project_id, username),
  constraint project_member_role_check check (role in ('owner', 'admin', 'analyst', 'consumer'))
);

-- Events as Mixpanel would store them. Append only: a merge never rewrites an event. In partitions by time,
-- of which small databases have one.
create table event (
  project_id     integer not null,
  -- The distinct_id as resolved at ingestion. The current user of the event is found at read time, by a join
  -- with identity.
  distinct_id    text collate "C" not null,
  time_ms        bigint not null,
  -- Order of arrival; distinguishes events that are otherwise equal.
  seq            bigint not null generated always as identity,
  received_at_ms bigint not null,
  -- The name of the event.
  event          text collate "C" not null,
  insert_id      text collate "C" not null,
  -- The size of the event as sent.
  size_bytes     integer not null,
  -- Received by /import, not /track.
  is_imported    boolean not null,
  -- All properties that are not columns.
  properties     jsonb not null,
  constraint event_pkey primary key (project_id, distinct_id, time_ms, seq)
) partition by range (time_ms);
-- For exports and queries, which read by time.
create index event_by_time on event (project_id, time_ms, seq);
-- For the stream, which reads by arrival.
create index event_by_arrival on event (project_id, seq);
-- For counts and copies of the events of a name, which read nothing but this index.
create index event_by_name on event (project_id, event, time_ms, insert_id) INCLUDE (distinct_id, seq);

-- The partition of event that has the earliest events; at first, all.
create table event_earliest partition of event for values from (minvalue) to (maxvalue) with (autovacuum_vacuum_insert_scale_factor = 0.02);

-- The user that a distinct_id belongs to. There is a row for each linked id, and in original projects for
-- each received id; an id without a row is a separate user. Flat: every row holds the canonical id of its
-- user directly.
create table identity (
  project_id     integer not null,
  distinct_id    text collate "C" not null,
  -- The distinct_id that represents the user.
  canonical      text collate "C" not null,
  is_alias       boolean not null default false,
  is_identified  boolean not null default false,
  -- Order in which the ids were first seen. In original projects it determines the canonical id.
  first_seen_seq bigint not null,
  -- Events with a smaller event.seq were stored before the row got its current canonical id.
  rekeyed_seq    bigint not null default 0,
  -- Null if the id is not linked.
  linked_at_ms   bigint,
  constraint identity_pkey primary key (project_id, distinct_id)
);
-- For the ids of a user and, by linked_at_ms, the number of those linked recently.
create index identity_by_canonical on identity (project_id, canonical, linked_at_ms);

-- For identity.first_seen_seq, across projects.
create sequence identity_first_seen_seq;

-- The links that formed users, in order. A link is never undone (IDS-33, IDO-27).
create table identity_link (
  project_id integer not null,
  from_id    text collate "C" not null,
  seq        bigint not null generated always as identity,
  to_id      text collate "C" not null,
  -- The canonical id of the user after the link.
  canonical  text collate "C" not null,
  -- The previous canonical id of the other user.
  absorbed   text collate "C" not null,
  -- The name of the event that created the link; insert_id is that of the same event.
  event      text collate "C" not null,
  insert_id  text collate "C" not null,
  -- The id of the rule of the contract that created the link.
  rule       text not null,
  at_ms      bigint not null,
  constraint identity_link_pkey primary key (project_id, from_id, seq)
);
create index identity_link_by_arrival on identity_link (project_id, seq);

-- The user that an id belonged to before a merge, for as long as queries do not show the merge (IDS-32).
-- Written only for projects that delay merges in queries.
create table identity_pending (
  project_id  integer not null,
  distinct_id text collate "C" not null,
  -- Order of the merges of an id.
  seq         bigint not null,
  -- identity.canonical before the merge; rekeyed_seq likewise.
  canonical   text collate "C" not null,
  rekeyed_seq bigint not null,
  -- The time of the merge, by the project's clock. Never decreases with seq.
  at_ms       bigint not null,
  constraint identity_pending_pkey primary key (project_id, distinct_id, seq)
);
create index identity_pending_by_canonical on identity_pending (project_id, canonical);
create index identity_pending_by_time on identity_pending (project_id, at_ms);

-- Profiles of users and groups. A merge moves a profile to the canonical id of the user, or hides it if the
-- user already has one (IDO-24). The profile of a linked device is hidden, and not moved (IDS-28).
create table profile (
  project_id  integer not null,
  -- Empty for a user.
  group_key   text collate "C" not null,
  -- For a user, the canonical id at the time of writing; for a group, its id.
  distinct_id text collate "C" not null,
  properties  jsonb not null,
  constraint profile_pkey primary key (project_id, group_key, distinct_id)
);

-- The result of processing a record, if the sender could not see it in the answer. Limited in age and number.
create table verdict (
  -- 0 if no project was found for the record.
  project_id     integer not null,
  seq            bigint not null generated always as identity,
  received_at_ms bigint not null,
  endpoint       text not null,
  outcome        text not null,
  code           text not null,
  -- error, warning or info.
  severity       text not null,
  -- The values to insert into the sentences of the code.
  finding_values jsonb not null,
  -- Every distinct_id in the record.
  ids            text[] collate "C" not null,
  -- The record as JSON; null for a verdict on a whole request.
  record         text,
  record_index   integer,
  -- If no event links this device in time, another verdict becomes due (IDS-24).
  pending_device text collate "C",
  -- Only for project_id 0: a hash of the sender's address, so that one sender's verdicts cannot displace all
  -- others.
  sender         text collate "C",
  constraint verdict_pkey primary key (project_id, seq)
);
-- For verdicts after which another verdict may become due.
create index verdict_pending on verdict (project_id, received_at_ms) where pending_device is not null;

-- Lookup tables without their rows (LKP).
create table lookup_table (
  project_id     integer not null,
  id             text collate "C" not null,
  name           text not null,
  -- The version of its rows in lookup_row. 0 before the first content.
  version        bigint not null default 0,
  -- The header row.
  columns        text[] not null default '{}',
  row_count      integer not null default 0,
  replaced_at_ms bigint,
  constraint lookup_table_pkey primary key (project_id, id)
);

-- Rows of lookup tables. A replacement writes rows with a new version, which are not read until
-- lookup_table.version is set to it.
create table lookup_row (
  project_id integer not null,
  version    bigint not null,
  row_index  integer not null,
  -- Of any length, so it is not in an index: keys are checked to be unique before a version is set.
  key        text collate "C" not null,
  -- An array with a value for each column except the first. Null is undefined.
  properties jsonb not null,
  constraint lookup_row_pkey primary key (project_id, version, row_index)
);

-- For lookup_table.version: no two tables share a version.
create sequence lookup_version_seq;

-- Requests for retrieval or deletion of users' data (GDP). A reset deletes them because they contain ids of
-- users.
create table data_task (
  project_id      integer not null,
  tracking_id     text collate "C" not null,
  seq             bigint not null generated always as identity,
  kind            text not null,
  status          text not null,
  compliance_type text not null,
  -- The scope of a retrieval under the CCPA.
  disclosure_type text not null,
  distinct_ids    text[] collate "C" not null,
  requested_at_ms bigint not null,
  constraint data_task_pkey primary key (project_id, tracking_id),
  constraint data_task_kind_check check (kind in ('retrieval', 'deletion')),
  constraint data_task_status_check check (status in ('PENDING', 'STAGING', 'STARTED', 'SUCCESS', 'REVOKED')),
  constraint data_task_compliance_type_check check (compliance_type in ('GDPR', 'CCPA')),
  constraint data_task_disclosure_type_check check (disclosure_type in ('DATA', 'CATEGORIES', 'SOURCES'))
);

-- The SDKs that have sent records to a project. Unknown texts are empty. Limited to a few dozen per project;
-- further ones are counted as `other`.
create table client (
  project_id    integer not null,
  lib           text collate "C" not null,
  version       text collate "C" not null,
  encoding      text collate "C" not null,
  host          text collate "C" not null,
  user_agent    text collate "C" not null,
  endpoints     text[] collate "C" not null,
  first_seen_ms bigint not null,
  last_seen_ms  bigint not null,
  requests      bigint not null,
  records       bigint not null,
  constraint client_pkey primary key (project_id, lib, version, encoding, host, user_agent)
);

-- The ids found by a profile query with several pages (QRY-12), so that the pages are consistent. Kept for an
-- hour. Unlogged: after a crash clients start over.
create unlogged table query_session (
  project_id integer not null,
  session_id text collate "C" not null,
  page       integer not null,
  ids        text[] collate "C" not null,
  -- The number of ids on all pages.
  total      integer not null,
  at_ms      bigint not null,
  constraint query_session_pkey primary key (project_id, session_id, page)
);

-- Feature flags. They are configuration, not records: a reset keeps them.
create table flag (
  -- project.public_id.
  project_id integer not null,
  key        text collate "C" not null,
  -- The flag after validation.
  definition jsonb not null,
  constraint flag_pkey primary key (project_id, key)
);

-- Former values of project.id whose records are still to be deleted.
create table purge (
  project_id integer not null,
  constraint purge_pkey primary key (project_id)
);

-- One row with the number of projects created for unknown tokens (DEC-05), locked while more are created.
create table new_token_quota (
  -- The used part of the limit per minute, as of used_at; decreases with time.
  used    double precision not null,
  used_at timestamptz not null,
  -- The number of projects with is_from_token, including those deleted since the last count.
  total   integer not null
);

-- Annotations of reports (QRY-24). They are configuration, not records: a reset keeps them.
create table annotation (
  -- project.public_id.
  project_id  integer not null,
  id          bigint not null generated always as identity,
  -- As sent: yyyy-mm-dd hh:mm:ss.
  date        text collate "C" not null,
  description text not null,
  constraint annotation_pkey primary key (project_id, id)
);

-- Properties of the events of a name by which a project was asked, and whose values are kept in
-- event_column_part. A cache: rows can be deleted at any time.
create unlogged table event_column (
  project_id integer not null,
  column_id  integer not null generated always as identity,
  event      text collate "C" not null,
  property   text collate "C" not null,
  -- When it was asked for, to within a minute. If a project has too many, that asked for longest ago is
  -- deleted.
  asked_at   timestamptz not null default now(),
  -- False if the values are too large to be kept.
  is_fit     boolean not null default true,
  constraint event_column_pkey primary key (project_id, column_id),
  constraint event_column_name_key unique (project_id, event, property)
);

-- The values of an event_column of the events with times from from_ms (inclusive) to to_ms (exclusive) that
-- were there when it was written. The parts of a column do not overlap.
create unlogged table event_column_part (
  project_id integer not null,
  column_id  integer not null,
  from_ms    bigint not null,
  to_ms      bigint not null,
  -- event.seq of each event.
  seqs       bigint[] not null,
  -- The value of the property of each event, in the same order; null for an event without it.
  contents   jsonb[] not null,
  constraint event_column_part_pkey primary key (project_id, column_id, from_ms)
);

-- Takes the locks of projects, and then those of their identities (none, shared or exclusive), until the
-- transaction ends; see src/store/locks.ts. Waits up to wait_ms for each; with 0 it waits for none, and if
-- one is held by another it returns the projects concerned, without a version. Else it returns the projects
-- that exist, as they are now.
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

-- Takes the locks of projects in shared mode, without waiting. True if all are held, and the projects still
-- have the given versions.
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
