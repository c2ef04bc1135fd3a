-- no transaction
-- Counts the events of a name in a period, and finds names, copies (DDP-01) and users, without reading the events.
create index concurrently if not exists event_by_name
  on event (project_id, event, time_ms, insert_id) include (distinct_id, seq);
