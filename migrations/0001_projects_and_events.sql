-- The first tables. New tables only: nothing is locked.
--
-- Every key begins with project_id, and the event's also holds distinct_id, so that the tables can be
-- distributed by it. No foreign keys, for the same reason. Ids compare byte by byte (GEN-03): collate "C".

create table project (
  id integer generated always as identity,
  token text collate "C" not null,
  name text not null,
  id_management text not null,
  secret_hash bytea not null,
  timezone text not null,
  settings jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  constraint project_pkey primary key (id),
  constraint project_token_key unique (token),
  constraint project_secret_hash_key unique (secret_hash),
  constraint project_id_management_check check (id_management in ('simplified', 'original', 'legacy'))
);

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

-- Append only. distinct_id is the one in force at ingestion; who that is today is found when reading.
-- seq tells apart, and orders by arrival, what is otherwise equal.
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
