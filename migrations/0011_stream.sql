-- Reading in the order of arrival, for the stream. Nothing can be written while the indexes are made: about a second
-- for each million events.

create index event_by_arrival on event (project_id, seq);

create index identity_link_by_arrival on identity_link (project_id, seq);
