-- Counts the events of a name in a period, finds its names, its copies (DDP-01) and its users without reading the events.
-- With the two included columns a row is 10 % larger; without them it takes as long to write.
create index event_by_name on event (project_id, event, time_ms, insert_id) include (distinct_id, seq);
comment on index event_by_name is 'For counts and copies of the events of a name, which read nothing but this index.';
