-- A project's own clock, and merges that queries do not show yet. A small table altered; one new table.

-- How far the project's clock is ahead of the server's, in ms.
alter table project add column clock_offset_ms bigint not null default 0;

-- Whose an id was before a merge, for as long as queries show it so (IDS-32). Written only where a project delays what
-- queries show. seq orders the merges of an id; at_ms, the time of the merge by the project's clock, rises with it.
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
