-- Events in partitions by time, so that those of a period can be deleted at once (src/store/partitions.ts). The table
-- that there is becomes the only partition. Nothing is copied, scanned or indexed again, however large it is: that
-- time_ms is not null is all that its bounds demand, and its indexes become those of the partition. It takes the table
-- for itself for some milliseconds.
alter table event rename to event_earliest;
alter table event_earliest rename constraint event_pkey to event_earliest_pkey;
alter index event_by_time rename to event_earliest_by_time;
alter index event_by_arrival rename to event_earliest_by_arrival;
alter index event_by_name rename to event_earliest_by_name;
alter sequence event_seq_seq rename to event_earliest_seq_seq;

create table event (
  like event_earliest including comments,
  constraint event_pkey primary key (project_id, distinct_id, time_ms, seq)
) partition by range (time_ms);
create index event_by_time on event (project_id, time_ms, seq);
create index event_by_arrival on event (project_id, seq);
create index event_by_name on event (project_id, event, time_ms, insert_id) include (distinct_id, seq);
comment on table event is
  'Events as Mixpanel would store them. Append only: a merge never rewrites an event. In partitions by time, of which small databases have one.';
comment on index event_by_time is 'For exports and queries, which read by time.';
comment on index event_by_arrival is 'For the stream, which reads by arrival.';
comment on index event_by_name is
  'For counts and copies of the events of a name, which read nothing but this index.';

-- seq goes on where it was: it orders events across projects and partitions.
alter table event alter column seq add generated always as identity;
do $$
begin
  perform setval('event_seq_seq', last_value, is_called) from event_earliest_seq_seq;
end
$$;
alter table event_earliest alter column seq drop identity;
alter table event attach partition event_earliest for values from (minvalue) to (maxvalue);
comment on table event_earliest is 'The partition of event that has the earliest events; at first, all.';
