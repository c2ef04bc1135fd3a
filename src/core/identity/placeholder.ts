import { isDisallowed } from '../validate/disallowed.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** What programs print where there is no id; bare, or within quotes or brackets: `(null)`, `<none>`, `#N/A`. */
const NOTHING =
  /^[^a-z0-9\u0080-\uffff]*(a?non(ymous|e)?|blank|db_?null|empty|guest|inf(inity)?|missing|n\/?a|nan|nil|not?[ _-](value|applicable|available|found|provided|set)|notset|ns_?null|null|unde?f(ined)?|unknown)[^a-z0-9\u0080-\uffff]*$/i
const NO_LETTER = /^(\\N|[^a-z0-9\u0080-\uffff]+)$/i

/** Ids that many devices have: of emulators, and of systems that keep the real one to themselves. */
const SHARED_DEVICE = /^(9774d56d682e549c|f{8}-?(f{4}-?){3}f{12})$/i
/** Names of variables. */
const VARIABLE =
  /^(my_|your_)?(account|anonymous|client|current_?user|customer|device|distinct|member|profile|user|visitor)[ _.-]?id$/i
/** Templates that nothing was filled into, of many languages and tag managers. */
const TEMPLATE =
  /^(.*\{\{.*\}\}|[$#]?\{[\w.]+\}|.*\$\{.*\}|<%.*%>|\{%.*%\}|%[\w.]+%|%%.*%%|\*\|.*\|\*|\[\[.*\]\]|__[A-Z_]+__|\$[A-Za-z_]\w*|:[a-z_]*id|%[-+0-9.$]*[sdiufxv@]|(process\.env|import\.meta)\..*)$/i
/** What languages print for a value that is not text, and what it is. */
const PRINTED: readonly (readonly [RegExp, string])[] = [
  [
    /^\[object .*\]$|^\[(Function|Promise|Object|Array)\b.*\]$|^Promise \{/,
    'what JavaScript prints for an object',
  ],
  [/^(Some|Just)\(.*\)$|\bOptional\(.*\)$|_Optional\(.*\)$/, 'an optional that was not unwrapped'],
  [/^System\.[A-Z]/, 'the name of a .NET type'],
  [/^([a-z]\w*\.)+[A-Z][\w$]*@[0-9a-f]{5,8}$|^\[[A-Z].*@[0-9a-f]{5,8}$/, 'what Java prints for an object'],
  [/^Instance of '|^#?<.*>$|^(map\[|&\{).*[\]}]$|^Array$/, 'what a program prints for an object'],
  [/^[A-Z]\w*\((["']|\w+=).*\)$/, 'what a program prints for an object'],
  [/^b(["']).*\1$/, 'what Python prints for bytes'],
  [/^%!|%!\w?\(.*\)$/, 'what Go prints for a wrong format'],
  [
    /[_:|-](undefined|null|None|NaN|\[object \w+\])$|^(undefined|null|None|NaN)[_:|-]\d+$/,
    'a text that was composed with a missing value',
  ],
  [/^(async )?function\b.*\{|^\(.*\) ?=>/, 'the source of a function'],
  [/^\{\s*".*\}$|^\[\s*["{].*\]$/, 'JSON'],
]
/** Starts of such texts. Nearly all ids are none of them, nor as short as a word. */
const STARTS_PRINTED =
  /^([^a-z0-9+]|(Optional|Some|Just|System|Instance|map|Array|Promise|async|function|process|import)\b|[a-z]\w*\.|b'|(undefined|null|None|NaN)[_:|-])/i
/** Ends of such texts: a bracket, or the last letter of a word for nothing. */
const ENDS_PRINTED = new Set([...')]}dleN'])
const MAX_WORD_CHARS = 24
/** Also of a network card, which systems hide: 02:00:00:00:00:00. */
const ZEROS = /^0[02:][0:-]{5,}$/

function mayBePrinted(text: string): boolean {
  return ENDS_PRINTED.has(text.at(-1) ?? '') || STARTS_PRINTED.test(text)
}

/** True for a text that stands where a value is missing, whatever the value is. */
export function isPlaceholder(text: string): boolean {
  return describeMissing(text) !== undefined
}

/** What a text is that stands where a value is missing, as the middle of a sentence; undefined for any other. */
export function describeMissing(text: string): string | undefined {
  if (isDisallowed(text)) return 'a placeholder'
  const isSuspect = mayBePrinted(text)
  return isSuspect && TEMPLATE.test(text) ? NOT_FILLED_IN : describePlaceholder(text, isSuspect)
}

const NOT_FILLED_IN = 'a template that was not filled in'

/** What is printed for nothing; other words for nothing may name an event. */
const NO_NAME = /^\W*(undefined|null|nil|none|nan)\W*$/i

/** The same for the name of an event: those of Mixpanel begin with a dollar sign, and others with any. */
export function describeNoName(name: string): string | undefined {
  if (name.startsWith('$') && name[1] !== '{') return undefined
  if (name.length <= MAX_WORD_CHARS && NO_NAME.test(name)) return 'what programs print for nothing'
  if (!mayBePrinted(name)) return undefined
  return TEMPLATE.test(name) ? NOT_FILLED_IN : PRINTED.find(([form]) => form.test(name))?.[1]
}

/** What an id is that names nobody, as the middle of a sentence; undefined for any other. */
function describePlaceholder(id: string, isSuspect: boolean): string | undefined {
  if (id.length <= MAX_WORD_CHARS) {
    if (NOTHING.test(id)) return 'what programs print for nothing'
    if (NO_LETTER.test(id)) return 'punctuation only'
  }
  if (id.startsWith('0') ? ZEROS.test(id) : SHARED_DEVICE.test(id)) return 'an id that many devices share'
  return isSuspect ? PRINTED.find(([form]) => form.test(id))?.[1] : undefined
}

/**
 * Findings on ids that stand for nobody, by the field they were sent in: those that /import refuses (IMP-16), names of
 * variables (DIA-73), and others that only look like it (DIA-107).
 */
export function placeholderFindings(ids: Readonly<Record<string, string | undefined>>): Finding[] {
  const findings: Finding[] = []
  for (const field in ids) {
    const value = ids[field]
    const found = value === undefined ? undefined : findPlaceholder(field, value.trim())
    if (found !== undefined) findings.push(found)
  }
  return findings
}

function findPlaceholder(field: string, value: string): Finding | undefined {
  if (isDisallowed(value)) return finding('identity.disallowed_id', { field, value })
  const isSuspect = mayBePrinted(value)
  const isName = value.length <= MAX_WORD_CHARS && VARIABLE.test(value)
  if (isName || (isSuspect && TEMPLATE.test(value))) {
    const what = isName ? 'the name of a variable, not its value' : NOT_FILLED_IN
    return field === '$device_id'
      ? finding('identity.placeholder_id', { field, value, what })
      : finding('identity.constant_user_id', { user: value, what: `is ${what}` })
  }
  const what = describePlaceholder(value, isSuspect)
  return what === undefined ? undefined : finding('identity.placeholder_id', { field, value, what })
}
