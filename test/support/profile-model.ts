import { isJsonObject, type Json } from '../../src/core/json.ts'
import { IdentityModel, type Mode, type ModelRecord } from './identity-model.ts'

/*
 * Profiles once more, as naively as can be: objects that are copied at each step, and no notion of limits. What the
 * server makes of a history must be what this makes of it.
 */

/** A profile, by name. */
export type Values = Readonly<Record<string, Json>>

/** An operation as a record has it: names to remove, values by name, or whatever for `$delete`. */
export type NaiveOperation = readonly [kind: string, operand: Json]

/** What one operation makes of a profile: the very same object where it writes nothing. */
export function naive(profile: Values | undefined, [kind, operand]: NaiveOperation): Values | undefined {
  if (kind === '$delete') return undefined
  if (kind === '$unset') {
    const names = operand as readonly string[]
    if (!names.some((name) => profile?.[name] !== undefined)) return profile
    return Object.fromEntries(Object.entries(profile ?? {}).filter(([name]) => !names.includes(name)))
  }
  let own = profile
  for (const [name, value] of Object.entries(operand as Values)) {
    const changed = naiveValue(kind, own?.[name], value)
    if (changed !== undefined) own = { ...own, [name]: changed }
  }
  return own
}

/** What a property becomes; undefined to leave it. */
function naiveValue(kind: string, stored: Json | undefined, value: Json): Json | undefined {
  if (kind === '$set') return value
  if (kind === '$set_once') return stored === undefined ? value : undefined
  if (kind === '$merge') {
    const start = stored === undefined ? {} : stored
    return isJsonObject(start) && isJsonObject(value) ? { ...start, ...value } : undefined
  }
  if (kind === '$add') {
    const start = stored === undefined ? 0 : stored
    return typeof value === 'number' && typeof start === 'number' ? start + value : undefined
  }
  if (stored === undefined && kind === '$remove') return undefined
  const list = stored === undefined ? [] : stored
  if (!Array.isArray(list)) return undefined
  if (kind === '$append') return [...list, value]
  const changed = kind === '$remove' ? list.filter((own: Json) => !same(own, value)) : union(list, value)
  return stored !== undefined && same(changed, list) ? undefined : changed
}

function union(list: readonly Json[], value: Json): readonly Json[] {
  const added = [...list]
  for (const own of Array.isArray(value) ? value : [value]) {
    if (!added.some((known) => same(known, own))) added.push(own)
  }
  return added
}

const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b)

/** An update of a user's profile. */
export interface ModelUpdate {
  readonly id: string
  readonly ignoresAlias: boolean
  readonly operations: readonly NaiveOperation[]
  /** Tells updates apart, and is when they say that the user was seen. */
  readonly lastSeen: string
}

/** What is told of a profile whose id becomes another's. */
const RENDERED_VERDICT: Readonly<Record<Mode, string>> = {
  simplified: 'profile.device_profile_lost',
  original: 'profile.hidden_by_merge',
  legacy: 'identity.alias_shadows_profile',
}

/** Profiles, and who is who. */
export class ProfilesModel {
  readonly #mode: Mode
  readonly #identity: IdentityModel
  readonly #profiles = new Map<string, Values>()

  constructor(mode: Mode, max: number) {
    this.#mode = mode
    this.#identity = new IdentityModel(mode, max)
  }

  /** Takes an update: to the user's profile, or to the one of the literal id. */
  update({ id, ignoresAlias, operations, lastSeen }: ModelUpdate): void {
    const key = ignoresAlias ? id : this.#identity.canonicalOf(id)
    let profile = this.#profiles.get(key)
    let isSeen = false
    for (const operation of operations) {
      const changed = naive(profile, operation)
      isSeen ||= changed !== profile && changed !== undefined
      profile = changed
    }
    if (profile === undefined) this.#profiles.delete(key)
    else this.#profiles.set(key, isSeen ? { ...profile, $last_seen: lastSeen } : profile)
  }

  /** Takes a record that may link ids. Out: what is told of profiles. */
  take(record: ModelRecord): readonly string[] {
    const own = [...this.#profiles.keys()].filter((id) => this.#identity.canonicalOf(id) === id)
    this.#identity.take(record)
    return own.flatMap((id) => {
      const canonical = this.#identity.canonicalOf(id)
      if (canonical === id) return []
      const profile = this.#profiles.get(id)
      if (this.#mode !== 'original' || this.#profiles.has(canonical)) {
        const isLoss = Object.keys(profile ?? {}).some((name) => name !== '$last_seen')
        return this.#mode === 'legacy' || isLoss ? [RENDERED_VERDICT[this.#mode]] : []
      }
      this.#profiles.delete(id)
      if (profile !== undefined) this.#profiles.set(canonical, profile)
      return []
    })
  }

  /** All profiles by id, also those that nobody is shown. */
  stored(): Readonly<Record<string, Values>> {
    return Object.fromEntries(this.#profiles)
  }

  /** The profile that a reader is shown of an id. */
  shown(id: string): Values | null {
    return this.#profiles.get(this.#identity.canonicalOf(id)) ?? null
  }
}
