-- What is known about users and groups. A new table only: nothing is locked.

-- group_key '' is a user; distinct_id is then the canonical id when the profile was written. A merge moves the
-- profile to the canonical id of the new user, or leaves it hidden behind that of the other (IDO-24); a device's
-- stays where it is, and nobody finds it once the device is somebody's (IDS-28).
create table profile (
  project_id integer not null,
  group_key text collate "C" not null,
  distinct_id text collate "C" not null,
  properties jsonb not null,
  constraint profile_pkey primary key (project_id, group_key, distinct_id)
);
