alter table project add column similar_to integer;

comment on column project.similar_to is
  'public_id of the project whose token is nearly the same, for a project created by an unknown token; it may be deleted.';
