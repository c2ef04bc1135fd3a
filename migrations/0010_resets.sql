-- A reset takes no longer than a blink, however much there is to forget: the project's id in the tables of records
-- is given up for a new one, and what has the old id is deleted afterwards. Small tables: locked for a moment.

-- What the API calls project_id: it stays. New ones have seven digits, as Mixpanel's have, so that no id of records
-- is taken for one. id is the project's name in the tables of records; a reset changes it.
-- Whatever is kept through a reset (flag, project_member) goes by public_id.
alter table project add column public_id integer;
update project set public_id = id;
alter table project
  alter column public_id set not null,
  alter column public_id add generated always as identity (start with 1000001),
  add constraint project_public_id_key unique (public_id);

-- The ids that are given up, and whose records are still to be deleted.
create table purge (
  project_id integer not null,
  constraint purge_pkey primary key (project_id)
);
