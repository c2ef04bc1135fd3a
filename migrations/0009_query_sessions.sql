-- Pages of profile queries that have more than one (QRY-12). A new table only: nothing is locked.

-- The ids that a query found, in pages, so that what is paged through stays what it was. Kept for an hour and of
-- few queries a project. Not logged: after a crash a client begins again.
create unlogged table query_session (
  project_id integer not null,
  session_id text collate "C" not null,
  page integer not null,
  ids text[] collate "C" not null,
  total integer not null,
  at_ms bigint not null,
  constraint query_session_pkey primary key (project_id, session_id, page)
);
