-- Lookup tables (LKP). New tables only: nothing is locked.

-- The content of a table is the rows of its version. A replacement writes the rows of a new one, which nobody
-- reads until the table names it; version 0 has none. columns is the header row.
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

-- No two versions are the same, of whatever table.
create sequence lookup_version_seq;

-- Row keys have no limit of length, so no index holds them: that they are unique is checked before a version is
-- shown. properties has a value for every column but the first; null is undefined.
create table lookup_row (
  project_id integer not null,
  version bigint not null,
  row_index integer not null,
  key text collate "C" not null,
  properties jsonb not null,
  constraint lookup_row_pkey primary key (project_id, version, row_index)
);
