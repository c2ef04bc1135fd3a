-- The feature flags of a project. A new table only: nothing is locked.

-- Configuration, not records: a reset keeps it. The definition is as it was validated.
create table flag (
  project_id integer not null,
  key text collate "C" not null,
  definition jsonb not null,
  constraint flag_pkey primary key (project_id, key)
);
