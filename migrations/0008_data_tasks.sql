-- Requests for what is held about users, and for its deletion. A new table only: nothing is locked.

-- disclosure_type: how much a retrieval under the CCPA gives out. A reset forgets tasks, for they name users.
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
