-- Where the records of a project begin among those of others. Times do not tell: they are those of the servers' clocks.
-- Projects made before this migration count from the first record.
alter table project
  add column event_seq_at_start bigint not null default 0,
  add column verdict_seq_at_start bigint not null default 0;
alter table project
  alter column event_seq_at_start set default coalesce(pg_sequence_last_value(to_regclass('event_seq_seq')), 0),
  alter column verdict_seq_at_start set default coalesce(pg_sequence_last_value(to_regclass('verdict_seq_seq')), 0);

comment on column project.event_seq_at_start is
  'event.seq of the last event of any project before this one was created or last reset; verdict_seq_at_start is that of the last verdict.';
