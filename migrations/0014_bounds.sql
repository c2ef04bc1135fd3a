-- What nobody in particular answers for is bounded. Small tables, and columns without a value: locked for a moment.

-- Which projects were made of tokens that nobody had. Those of earlier versions are not known, and not counted.
alter table project add column is_from_token boolean not null default false;

-- One row, locked while such projects are made: what of a minute's number is used, by the moment when it was
-- written, and how many there are in all, those that were deleted since included until somebody counts.
create table new_token (
  used double precision not null,
  used_at timestamptz not null,
  in_all integer not null
);
insert into new_token values (0, now(), 0);

-- Of a verdict of no project: who sent the record, as a hash of the address.
alter table verdict add column sender text collate "C";
