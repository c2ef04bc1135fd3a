-- Which clients have sent records to a project. A new table only: nothing is locked.

-- Empty where something is not known. A few dozen a project: what comes after them is counted as `other`.
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
