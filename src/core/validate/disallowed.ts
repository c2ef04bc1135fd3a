const DISALLOWED: ReadonlySet<string> = new Set([
  '00000000-0000-0000-0000-000000000000',
  'anon',
  'anonymous',
  'nil',
  'none',
  'null',
  'n/a',
  'na',
  'undefined',
  'unknown',
  '<nil>',
  '0',
  '-1',
  'true',
  'false',
  '[]',
  '{}',
])

const LENGTHS: ReadonlySet<number> = new Set([...DISALLOWED].map((id) => id.length))

/** True for a placeholder that strict import refuses as an id, ignoring case and surrounding blanks (IMP-16). */
export function isDisallowed(id: string): boolean {
  const trimmed = id.trim()
  return LENGTHS.has(trimmed.length) && DISALLOWED.has(trimmed.toLowerCase())
}
