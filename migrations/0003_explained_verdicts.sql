-- The sentences of these codes have slots that verdicts from before do not fill. They get what they said then.
update verdict
set finding_values = finding_values || case code
  when 'record.invalid' then jsonb '{"found": "a field is missing or malformed", "send": "Send the missing or malformed field"}'
  when 'batch.partial' then jsonb '{"advice": "Send the missing or malformed field."}'
  when 'value.repaired' then jsonb '{"send": "Send a value that passes validation"}'
  when 'time.too_old_for_track' then jsonb '{"send": "Send history to /import"}'
  else jsonb '{"send": "Send seconds or milliseconds since 1970, not days, microseconds or half a number"}'
end
where code in ('record.invalid', 'batch.partial', 'time.too_old_for_track', 'time.unit_suspect', 'value.repaired');
