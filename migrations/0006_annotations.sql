create table annotation (
  project_id integer not null,
  id bigint generated always as identity,
  date text collate "C" not null,
  description text not null,
  constraint annotation_pkey primary key (project_id, id)
);
comment on table annotation is
  'Annotations of reports (QRY-24). They are configuration, not records: a reset keeps them.';
comment on column annotation.project_id is 'project.public_id.';
comment on column annotation.date is 'As sent: yyyy-mm-dd hh:mm:ss.';
