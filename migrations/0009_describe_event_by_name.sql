comment on index event_by_name is 'For counts and copies of the events of a name, which read nothing but this index.';
