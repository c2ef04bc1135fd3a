-- The API shows severities as words; a letter and a word for the same thing would have to be translated everywhere.
update verdict
set severity = case severity when 'E' then 'error' when 'W' then 'warning' else 'info' end;

comment on column verdict.severity is 'error, warning or info.';
