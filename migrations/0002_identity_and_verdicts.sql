-- Who is who, and what had no effect. New tables only: nothing is locked.

-- One row for each distinct_id that is linked, and in original projects for each that was received (its place
-- in that order chooses the canonical id). Flat: a row points straight at the canonical id of its user, so a
-- reader needs one join, and a merge moves rows of this table and never an event.
-- rekeyed_seq: events with a smaller event.seq were stored before the row got its canonical id.
create table identity (
  project_id integer not null,
  distinct_id text collate "C" not null,
  canonical text collate "C" not null,
  is_alias boolean not null default false,
  is_identified boolean not null default false,
  seen_seq bigint not null,
  rekeyed_seq bigint not null default 0,
  linked_at_ms bigint,
  constraint identity_pkey primary key (project_id, distinct_id)
);

create index identity_by_canonical on identity (project_id, canonical, linked_at_ms);

create sequence identity_seen_seq;

-- The links that made users what they are, in order. A link is never undone (IDS-33, IDO-27).
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

-- What an answer did not tell. project_id 0: no project could be found for the record. ids: all that it names.
-- pending_device: a verdict of its own is due unless this device is linked in time (IDS-24).
create table verdict (
  project_id integer not null,
  seq bigint generated always as identity,
  received_at_ms bigint not null,
  endpoint text not null,
  outcome text not null,
  code text not null,
  severity text not null,
  told jsonb not null,
  ids text[] collate "C" not null,
  record text,
  record_index integer,
  pending_device text collate "C",
  constraint verdict_pkey primary key (project_id, seq)
);

create index verdict_pending on verdict (project_id, received_at_ms) where pending_device is not null;
