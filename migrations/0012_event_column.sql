-- Properties of events that were asked for, apart from the events (src/store/event-columns.ts). Unlogged: they can be
-- read from the events again.
create unlogged table event_column (
  project_id integer not null,
  column_id integer not null generated always as identity,
  event text collate "C" not null,
  property text collate "C" not null,
  asked_at timestamptz not null default now(),
  is_fit boolean not null default true,
  constraint event_column_pkey primary key (project_id, column_id),
  constraint event_column_name_key unique (project_id, event, property)
);
comment on table event_column is
  'Properties of the events of a name by which a project was asked, and whose values are kept in event_column_part. A cache: rows can be deleted at any time.';
comment on column event_column.asked_at is
  'When it was asked for, to within a minute. If a project has too many, that asked for longest ago is deleted.';
comment on column event_column.is_fit is 'False if the values are too large to be kept.';

create unlogged table event_column_part (
  project_id integer not null,
  column_id integer not null,
  from_ms bigint not null,
  to_ms bigint not null,
  seqs bigint[] not null,
  contents jsonb[] not null,
  constraint event_column_part_pkey primary key (project_id, column_id, from_ms)
);
comment on table event_column_part is
  'The values of an event_column of the events with times from from_ms (inclusive) to to_ms (exclusive) that were there when it was written. The parts of a column do not overlap.';
comment on column event_column_part.seqs is 'event.seq of each event.';
comment on column event_column_part.contents is
  'The value of the property of each event, in the same order; null for an event without it.';
