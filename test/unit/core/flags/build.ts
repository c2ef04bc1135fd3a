import type { Flag } from '../../../../src/core/flags/flag.ts'
import { parseFlags } from '../../../../src/core/flags/parse-flags.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'

/** Two variants, an equal share each. */
export const TWO_VARIANTS: readonly JsonObject[] = [
  { key: 'control', value: false },
  { key: 'treatment', value: true },
]

/** A flag as parseFlags makes it of what a developer may write; the ruleset has two variants. */
export function aFlag(change: JsonObject = {}, ruleset: JsonObject = {}): Flag {
  const sent: Json = { key: 'new', ruleset: { variants: TWO_VARIANTS, ...ruleset }, ...change }
  const flags = parseFlags({ flags: [sent] })
  if (!flags.ok) throw new Error(flags.error)
  const [flag] = flags.value
  if (flag === undefined) throw new Error('no flag')
  return flag
}
