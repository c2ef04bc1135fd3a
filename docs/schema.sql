-- The tables as the migrations leave them. Written by `node docs/schema.ts` from the catalogue of a migrated
-- database: to change it, add a migration.
--
-- Conventions:
--   Every key of a table of records begins with project_id, which is project.id there. No foreign keys: with both,
--   the tables can be distributed over several servers by project or by distinct_id.
--   Ids and names that clients send compare byte by byte (GEN-03): collate "C".
--   What ends in _ms is in milliseconds, and without another unit since the epoch.
--   A seq is a number that rises with every row.

-- A Mixpanel project. A reset gives it a new id, so that the records of the old one can be deleted
-- afterwards.
create table project (
  -- What the tables of records call project_id. Private: a reset changes it.
  id              integer not null generated always as identity,
  -- What the API calls project_id. Never changes; flag and project_member, which a reset keeps, refer to it.
  -- Seven digits, as Mixpanel's have, so that no id is mistaken for one.
  public_id       integer not null generated always as identity (start with 1000001),
  token           text collate "C" not null,
  -- SHA-256 of the API secret, which is random: it needs no salt.
  secret_hash     bytea not null,
  name            text not null,
  id_management   text not null,
  timezone        text not null,
  -- Only the settings that differ from their defaults.
  settings        jsonb not null,
  -- Rises with every change. What was judged by an older version is not written, but judged again.
  version         integer not null default 1,
  -- How far the project's own clock is ahead of the server's.
  clock_offset_ms bigint not null default 0,
  -- Made by the first use of an unknown token, not through the API. Such projects are limited in number.
  is_from_token   boolean not null default false,
  created_at      timestamptz not null default now(),
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

-- Events as Mixpanel would store them. Append only: a merge never rewrites an event.
create table event (
  project_id     integer not null,
  -- The one in force at ingestion. Whose the event is today is found when reading, by a join with identity.
  distinct_id    text collate "C" not null,
  time_ms        bigint not null,
  -- Order of arrival; tells apart events that are otherwise equal.
  seq            bigint not null generated always as identity,
  received_at_ms bigint not null,
  -- The name of the event.
  event          text collate "C" not null,
  insert_id      text collate "C" not null,
  -- Of the event as it was sent.
  size_bytes     integer not null,
  -- Came through /import, not /track.
  is_imported    boolean not null,
  -- All that is not a column.
  properties     jsonb not null,
  constraint event_pkey primary key (project_id, distinct_id, time_ms, seq)
);
-- Exports and queries read by time.
create index event_by_time on event (project_id, time_ms, seq);
-- The stream reads by arrival.
create index event_by_arrival on event (project_id, seq);

-- Which user a distinct_id belongs to. A row for each that is linked, and in original projects for each that
-- was received; an id without a row is a user of its own. Flat: every row points straight at the canonical id
-- of its user.
create table identity (
  project_id     integer not null,
  distinct_id    text collate "C" not null,
  -- The distinct_id that stands for the user.
  canonical      text collate "C" not null,
  is_alias       boolean not null default false,
  is_identified  boolean not null default false,
  -- Order in which the ids were first seen. In original projects it chooses the canonical id.
  first_seen_seq bigint not null,
  -- Events with a smaller event.seq were stored before the row got its canonical id.
  rekeyed_seq    bigint not null default 0,
  -- Null where nothing has linked the id yet.
  linked_at_ms   bigint,
  constraint identity_pkey primary key (project_id, distinct_id)
);
-- The ids of a user; by linked_at_ms, how many of them were linked lately.
create index identity_by_canonical on identity (project_id, canonical, linked_at_ms);

-- For identity.first_seen_seq, across projects.
create sequence identity_first_seen_seq;

-- The links that made users what they are, in order. A link is never undone (IDS-33, IDO-27).
create table identity_link (
  project_id integer not null,
  from_id    text collate "C" not null,
  seq        bigint not null generated always as identity,
  to_id      text collate "C" not null,
  -- The canonical id of the user after the link.
  canonical  text collate "C" not null,
  -- The canonical id that the other user had before.
  absorbed   text collate "C" not null,
  -- The name of the event that made the link, and its insert_id.
  event      text collate "C" not null,
  insert_id  text collate "C" not null,
  -- Id of the rule of the contract by which the link was made.
  rule       text not null,
  at_ms      bigint not null,
  constraint identity_link_pkey primary key (project_id, from_id, seq)
);
create index identity_link_by_arrival on identity_link (project_id, seq);

-- Whose an id was before a merge, for as long as queries still show it so (IDS-32). Written only where a
-- project delays what queries show.
create table identity_pending (
  project_id  integer not null,
  distinct_id text collate "C" not null,
  -- Order of the merges of an id.
  seq         bigint not null,
  -- identity.canonical before the merge, and its rekeyed_seq.
  canonical   text collate "C" not null,
  rekeyed_seq bigint not null,
  -- When the merge was made, by the project's clock. Rises with seq.
  at_ms       bigint not null,
  constraint identity_pending_pkey primary key (project_id, distinct_id, seq)
);
create index identity_pending_by_canonical on identity_pending (project_id, canonical);
create index identity_pending_by_time on identity_pending (project_id, at_ms);

-- Profiles of users and groups. A merge moves a profile to the canonical id of the user, or leaves it hidden
-- where the user has one already (IDO-24); that of a linked device stays and is hidden (IDS-28).
create table profile (
  project_id  integer not null,
  -- Empty for a user.
  group_key   text collate "C" not null,
  -- For a user the canonical id at the time of writing; for a group its id.
  distinct_id text collate "C" not null,
  properties  jsonb not null,
  constraint profile_pkey primary key (project_id, group_key, distinct_id)
);

-- What became of a record, where the sender could not see that from the answer. Limited in age and number.
create table verdict (
  -- 0 where no project was found for the record.
  project_id     integer not null,
  seq            bigint not null generated always as identity,
  received_at_ms bigint not null,
  endpoint       text not null,
  outcome        text not null,
  code           text not null,
  -- E error, W warning, I information.
  severity       text not null,
  -- The values that fill the sentences of the code.
  finding_values jsonb not null,
  -- Every distinct_id that the record names.
  ids            text[] collate "C" not null,
  -- The record as JSON; null for a verdict on a whole request.
  record         text,
  record_index   integer,
  -- Unless an event links this device in time, another verdict is due (IDS-24).
  pending_device text collate "C",
  -- Only for project_id 0: a hash of the sender's address, so that no sender crowds out the others.
  sender         text collate "C",
  constraint verdict_pkey primary key (project_id, seq)
);
-- Verdicts after which another may come due.
create index verdict_pending on verdict (project_id, received_at_ms) where pending_device is not null;

-- Lookup tables without their rows (LKP).
create table lookup_table (
  project_id     integer not null,
  id             text collate "C" not null,
  name           text not null,
  -- Its content is the rows of this version. 0: it has none yet.
  version        bigint not null default 0,
  -- The header row.
  columns        text[] not null default '{}',
  row_count      integer not null default 0,
  replaced_at_ms bigint,
  constraint lookup_table_pkey primary key (project_id, id)
);

-- Rows of lookup tables. A replacement writes those of a new version, which nobody reads until its table
-- names it.
create table lookup_row (
  project_id integer not null,
  version    bigint not null,
  row_index  integer not null,
  -- Of any length, so it is in no index: that keys are unique is checked before a version is shown.
  key        text collate "C" not null,
  -- An array: a value for each column but the first. Null is undefined.
  properties jsonb not null,
  constraint lookup_row_pkey primary key (project_id, version, row_index)
);

-- For lookup_table.version: no two tables share a version.
create sequence lookup_version_seq;

-- Requests for what is held about users, and for its deletion (GDP). A reset deletes them, as they name
-- users.
create table data_task (
  project_id      integer not null,
  tracking_id     text collate "C" not null,
  seq             bigint not null generated always as identity,
  kind            text not null,
  status          text not null,
  compliance_type text not null,
  -- How much a retrieval under the CCPA gives out.
  disclosure_type text not null,
  distinct_ids    text[] collate "C" not null,
  requested_at_ms bigint not null,
  constraint data_task_pkey primary key (project_id, tracking_id),
  constraint data_task_kind_check check (kind in ('retrieval', 'deletion')),
  constraint data_task_status_check check (status in ('PENDING', 'STAGING', 'STARTED', 'SUCCESS', 'REVOKED')),
  constraint data_task_compliance_type_check check (compliance_type in ('GDPR', 'CCPA')),
  constraint data_task_disclosure_type_check check (disclosure_type in ('DATA', 'CATEGORIES', 'SOURCES'))
);

-- Which SDKs have sent records to a project. A text is empty where it is not known. A few dozen a project;
-- what comes after them is counted as `other`.
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

-- The ids that a profile query of more than one page has found (QRY-12), so that its pages fit together. Kept
-- for an hour. Unlogged: after a crash clients begin again.
create unlogged table query_session (
  project_id integer not null,
  session_id text collate "C" not null,
  page       integer not null,
  ids        text[] collate "C" not null,
  -- Ids on all pages.
  total      integer not null,
  at_ms      bigint not null,
  constraint query_session_pkey primary key (project_id, session_id, page)
);

-- Feature flags. Configuration, not records: a reset keeps them.
create table flag (
  -- project.public_id.
  project_id integer not null,
  key        text collate "C" not null,
  -- As it was validated.
  definition jsonb not null,
  constraint flag_pkey primary key (project_id, key)
);

-- Values of project.id that were given up, and whose records are still to be deleted.
create table purge (
  project_id integer not null,
  constraint purge_pkey primary key (project_id)
);

-- One row, locked while unknown tokens make projects: how many may still be made (DEC-05).
create table new_token_quota (
  -- Of the number for a minute, at used_at; it shrinks as time passes.
  used    double precision not null,
  used_at timestamptz not null,
  -- Projects with is_from_token. Too high by those deleted since the last count.
  total   integer not null
);
