-- The first schema. docs/schema.sql shows the tables after all migrations, with each comment at its column, and the
-- conventions that they share.

-- Projects and access to them.

create table project (
  id integer generated always as identity,
  public_id integer not null generated always as identity (start with 1000001),
  token text collate "C" not null,
  secret_hash bytea not null,
  name text not null,
  id_management text not null,
  timezone text not null,
  settings jsonb not null,
  version integer not null default 1,
  clock_offset_ms bigint not null default 0,
  is_from_token boolean not null default false,
  created_at timestamptz not null default now(),
  constraint project_pkey primary key (id),
  constraint project_public_id_key unique (public_id),
  constraint project_token_key unique (token),
  constraint project_secret_hash_key unique (secret_hash),
  constraint project_id_management_check check (id_management in ('simplified', 'original', 'legacy'))
);
comment on table project is
  'A Mixpanel project. A reset gives it a new id, so that the records of the old one can be deleted afterwards.';
comment on column project.id is
  'The value of project_id in the tables of records. Internal: a reset changes it.';
comment on column project.public_id is
  'The project_id of the API. Never changes; flag and project_member, which a reset keeps, refer to it. Has seven digits, like Mixpanel''s, so that it cannot be confused with project.id.';
comment on column project.secret_hash is
  'SHA-256 of the API secret, without a salt because the secret is random.';
comment on column project.settings is
  'Only the settings that differ from the defaults.';
comment on column project.version is
  'Increases with every change. Records judged by an older version are judged again before they are written.';
comment on column project.clock_offset_ms is
  'How far the project''s clock is ahead of the server''s.';
comment on column project.is_from_token is
  'Created by the first use of an unknown token, not through the API. The number of such projects is limited.';

create table service_account (
  username text collate "C" not null,
  secret_hash bytea not null,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  constraint service_account_pkey primary key (username)
);

create table project_member (
  project_id integer not null,
  username text collate "C" not null,
  role text not null,
  constraint project_member_pkey primary key (project_id, username),
  constraint project_member_role_check check (role in ('owner', 'admin', 'analyst', 'consumer'))
);
comment on table project_member is 'The role of a service account in a project.';
comment on column project_member.project_id is 'project.public_id.';

-- Records that projects have received.

create table event (
  project_id integer not null,
  distinct_id text collate "C" not null,
  time_ms bigint not null,
  seq bigint generated always as identity,
  received_at_ms bigint not null,
  event text collate "C" not null,
  insert_id text collate "C" not null,
  size_bytes integer not null,
  is_imported boolean not null,
  properties jsonb not null,
  constraint event_pkey primary key (project_id, distinct_id, time_ms, seq)
);
create index event_by_time on event (project_id, time_ms, seq);
create index event_by_arrival on event (project_id, seq);
comment on table event is
  'Events as Mixpanel would store them. Append only: a merge never rewrites an event.';
comment on column event.distinct_id is
  'The distinct_id as resolved at ingestion. The current user of the event is found at read time, by a join with identity.';
comment on column event.seq is
  'Order of arrival; distinguishes events that are otherwise equal.';
comment on column event.event is 'The name of the event.';
comment on column event.size_bytes is 'The size of the event as sent.';
comment on column event.is_imported is 'Received by /import, not /track.';
comment on column event.properties is 'All properties that are not columns.';
comment on index event_by_time is 'For exports and queries, which read by time.';
comment on index event_by_arrival is 'For the stream, which reads by arrival.';

create table identity (
  project_id integer not null,
  distinct_id text collate "C" not null,
  canonical text collate "C" not null,
  is_alias boolean not null default false,
  is_identified boolean not null default false,
  first_seen_seq bigint not null,
  rekeyed_seq bigint not null default 0,
  linked_at_ms bigint,
  constraint identity_pkey primary key (project_id, distinct_id)
);
create index identity_by_canonical on identity (project_id, canonical, linked_at_ms);
comment on table identity is
  'The user that a distinct_id belongs to. There is a row for each linked id, and in original projects for each received id; an id without a row is a separate user. Flat: every row holds the canonical id of its user directly.';
comment on index identity_by_canonical is
  'For the ids of a user and, by linked_at_ms, the number of those linked recently.';
comment on column identity.canonical is 'The distinct_id that represents the user.';
comment on column identity.first_seen_seq is
  'Order in which the ids were first seen. In original projects it determines the canonical id.';
comment on column identity.rekeyed_seq is
  'Events with a smaller event.seq were stored before the row got its current canonical id.';
comment on column identity.linked_at_ms is 'Null if the id is not linked.';

create sequence identity_first_seen_seq;
comment on sequence identity_first_seen_seq is 'For identity.first_seen_seq, across projects.';

create table identity_link (
  project_id integer not null,
  from_id text collate "C" not null,
  seq bigint generated always as identity,
  to_id text collate "C" not null,
  canonical text collate "C" not null,
  absorbed text collate "C" not null,
  event text collate "C" not null,
  insert_id text collate "C" not null,
  rule text not null,
  at_ms bigint not null,
  constraint identity_link_pkey primary key (project_id, from_id, seq)
);
create index identity_link_by_arrival on identity_link (project_id, seq);
comment on table identity_link is
  'The links that formed users, in order. A link is never undone (IDS-33, IDO-27).';
comment on column identity_link.canonical is 'The canonical id of the user after the link.';
comment on column identity_link.absorbed is 'The previous canonical id of the other user.';
comment on column identity_link.event is 'The name of the event that created the link; insert_id is that of the same event.';
comment on column identity_link.rule is 'The id of the rule of the contract that created the link.';

create table identity_pending (
  project_id integer not null,
  distinct_id text collate "C" not null,
  seq bigint not null,
  canonical text collate "C" not null,
  rekeyed_seq bigint not null,
  at_ms bigint not null,
  constraint identity_pending_pkey primary key (project_id, distinct_id, seq)
);
create index identity_pending_by_canonical on identity_pending (project_id, canonical);
create index identity_pending_by_time on identity_pending (project_id, at_ms);
comment on table identity_pending is
  'The user that an id belonged to before a merge, for as long as queries do not show the merge (IDS-32). Written only for projects that delay merges in queries.';
comment on column identity_pending.seq is 'Order of the merges of an id.';
comment on column identity_pending.canonical is 'identity.canonical before the merge; rekeyed_seq likewise.';
comment on column identity_pending.at_ms is
  'The time of the merge, by the project''s clock. Never decreases with seq.';

create table profile (
  project_id integer not null,
  group_key text collate "C" not null,
  distinct_id text collate "C" not null,
  properties jsonb not null,
  constraint profile_pkey primary key (project_id, group_key, distinct_id)
);
comment on table profile is
  'Profiles of users and groups. A merge moves a profile to the canonical id of the user, or hides it if the user already has one (IDO-24). The profile of a linked device is hidden, and not moved (IDS-28).';
comment on column profile.group_key is 'Empty for a user.';
comment on column profile.distinct_id is
  'For a user, the canonical id at the time of writing; for a group, its id.';

create table verdict (
  project_id integer not null,
  seq bigint generated always as identity,
  received_at_ms bigint not null,
  endpoint text not null,
  outcome text not null,
  code text not null,
  severity text not null,
  finding_values jsonb not null,
  ids text[] collate "C" not null,
  record text,
  record_index integer,
  pending_device text collate "C",
  sender text collate "C",
  constraint verdict_pkey primary key (project_id, seq)
);
create index verdict_pending on verdict (project_id, received_at_ms) where pending_device is not null;
comment on index verdict_pending is 'For verdicts after which another verdict may become due.';
comment on table verdict is
  'The result of processing a record, if the sender could not see it in the answer. Limited in age and number.';
comment on column verdict.project_id is '0 if no project was found for the record.';
comment on column verdict.severity is 'E error, W warning, I information.';
comment on column verdict.finding_values is 'The values to insert into the sentences of the code.';
comment on column verdict.ids is 'Every distinct_id in the record.';
comment on column verdict.record is 'The record as JSON; null for a verdict on a whole request.';
comment on column verdict.pending_device is
  'If no event links this device in time, another verdict becomes due (IDS-24).';
comment on column verdict.sender is
  'Only for project_id 0: a hash of the sender''s address, so that one sender''s verdicts cannot displace all others.';

create table lookup_table (
  project_id integer not null,
  id text collate "C" not null,
  name text not null,
  version bigint not null default 0,
  columns text[] not null default '{}',
  row_count integer not null default 0,
  replaced_at_ms bigint,
  constraint lookup_table_pkey primary key (project_id, id)
);
comment on table lookup_table is 'Lookup tables without their rows (LKP).';
comment on column lookup_table.version is
  'The version of its rows in lookup_row. 0 before the first content.';
comment on column lookup_table.columns is 'The header row.';

create table lookup_row (
  project_id integer not null,
  version bigint not null,
  row_index integer not null,
  key text collate "C" not null,
  properties jsonb not null,
  constraint lookup_row_pkey primary key (project_id, version, row_index)
);
comment on table lookup_row is
  'Rows of lookup tables. A replacement writes rows with a new version, which are not read until lookup_table.version is set to it.';
comment on column lookup_row.key is
  'Of any length, so it is not in an index: keys are checked to be unique before a version is set.';
comment on column lookup_row.properties is
  'An array with a value for each column except the first. Null is undefined.';

create sequence lookup_version_seq;
comment on sequence lookup_version_seq is 'For lookup_table.version: no two tables share a version.';

create table data_task (
  project_id integer not null,
  tracking_id text collate "C" not null,
  seq bigint generated always as identity,
  kind text not null,
  status text not null,
  compliance_type text not null,
  disclosure_type text not null,
  distinct_ids text[] collate "C" not null,
  requested_at_ms bigint not null,
  constraint data_task_pkey primary key (project_id, tracking_id),
  constraint data_task_kind_check check (kind in ('retrieval', 'deletion')),
  constraint data_task_status_check check (status in ('PENDING', 'STAGING', 'STARTED', 'SUCCESS', 'REVOKED')),
  constraint data_task_compliance_type_check check (compliance_type in ('GDPR', 'CCPA')),
  constraint data_task_disclosure_type_check check (disclosure_type in ('DATA', 'CATEGORIES', 'SOURCES'))
);
comment on table data_task is
  'Requests for retrieval or deletion of users'' data (GDP). A reset deletes them because they contain ids of users.';
comment on column data_task.disclosure_type is 'The scope of a retrieval under the CCPA.';

create table client (
  project_id integer not null,
  lib text collate "C" not null,
  version text collate "C" not null,
  encoding text collate "C" not null,
  host text collate "C" not null,
  user_agent text collate "C" not null,
  endpoints text[] collate "C" not null,
  first_seen_ms bigint not null,
  last_seen_ms bigint not null,
  requests bigint not null,
  records bigint not null,
  constraint client_pkey primary key (project_id, lib, version, encoding, host, user_agent)
);
comment on table client is
  'The SDKs that have sent records to a project. Unknown texts are empty. Limited to a few dozen per project; further ones are counted as `other`.';

create unlogged table query_session (
  project_id integer not null,
  session_id text collate "C" not null,
  page integer not null,
  ids text[] collate "C" not null,
  total integer not null,
  at_ms bigint not null,
  constraint query_session_pkey primary key (project_id, session_id, page)
);
comment on table query_session is
  'The ids found by a profile query with several pages (QRY-12), so that the pages are consistent. Kept for an hour. Unlogged: after a crash clients start over.';
comment on column query_session.total is 'The number of ids on all pages.';

-- Configuration and housekeeping.

create table flag (
  project_id integer not null,
  key text collate "C" not null,
  definition jsonb not null,
  constraint flag_pkey primary key (project_id, key)
);
comment on table flag is 'Feature flags. They are configuration, not records: a reset keeps them.';
comment on column flag.project_id is 'project.public_id.';
comment on column flag.definition is 'The flag after validation.';

create table purge (
  project_id integer not null,
  constraint purge_pkey primary key (project_id)
);
comment on table purge is 'Former values of project.id whose records are still to be deleted.';

create table new_token_quota (
  used double precision not null,
  used_at timestamptz not null,
  total integer not null
);
comment on table new_token_quota is
  'One row with the number of projects created for unknown tokens (DEC-05), locked while more are created.';
comment on column new_token_quota.used is 'The used part of the limit per minute, as of used_at; decreases with time.';
comment on column new_token_quota.total is
  'The number of projects with is_from_token, including those deleted since the last count.';
insert into new_token_quota values (0, now(), 0);
