import { isJsonObject, type Json } from '../../src/core/json.ts'
import { IdentityModel, type Mode, type ModelRecord } from './identity-model.ts'

/*
 * A second, naive implementation of profiles: objects that are copied at each step, without limits. The server must give
 * the same results for any history.
 */

/** The properties of a profile, by name. */
export type Values = Readonly<Record<string, Json>>

/** An operation of a record. The operand: names to remove, values by name, or anything for `$delete`. */
export type NaiveOperation = readonly [kind: string, operand: Json]

/** Applies an operation to a profile. Out: the same object if nothing is written. */
export function naive(profile: Values | undefined, [kind, operand]: NaiveOperation): Values | undefined {
  if (kind === '$delete') return undefined
  if (kind === '$unset') {
    const names = operand as readonly string[]
    if (!names.some((name) => profile?.[name] !== undefined)) return profile
    return Object.fromEntries(Object.entries(profile ?? {}).filter(([name]) => !names.includes(name)))
  }
  let result = profile
  for (const [name, value] of Object.entries(operand as Values)) {
    const changed = naiveValue(kind, result?.[name], value)
    if (changed !== undefined) result = { ...result, [name]: changed }
  }
  return result
}

/** The new value of a property; undefined to leave it unchanged. */
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
  const changed = kind === '$remove' ? list.filter((item: Json) => !same(item, value)) : union(list, value)
  return stored !== undefined && same(changed, list) ? undefined : changed
}

function union(list: readonly Json[], value: Json): readonly Json[] {
  const added = [...list]
  for (const item of Array.isArray(value) ? value : [value]) {
    if (!added.some((known) => same(known, item))) added.push(item)
  }
  return added
}

const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b)

/** An update of a user's profile. */
export interface ModelUpdate {
  readonly id: string
  readonly ignoresAlias: boolean
  readonly operations: readonly NaiveOperation[]
  /** The value of `$last_seen`, different for each update. */
  readonly lastSeen: string
}

/** The code of the verdict on a profile whose id is linked to another user. */
const RENDERED_VERDICT: Readonly<Record<Mode, string>> = {
  simplified: 'profile.device_profile_lost',
  original: 'profile.hidden_by_merge',
  legacy: 'identity.alias_shadows_profile',
}

/** Profiles, with the identities that they depend on. */
export class ProfilesModel {
  readonly #mode: Mode
  readonly #identity: IdentityModel
  readonly #profiles = new Map<string, Values>()

  constructor(mode: Mode, max: number) {
    this.#mode = mode
    this.#identity = new IdentityModel(mode, max)
  }

  /** Applies an update to the profile of the id's user, or to the one of the id itself. */
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

  /** Processes a record that may link ids. Out: the codes of the verdicts on profiles. */
  take(record: ModelRecord): readonly string[] {
    const canonicals = [...this.#profiles.keys()].filter((id) => this.#identity.canonicalOf(id) === id)
    this.#identity.take(record)
    return canonicals.flatMap((id) => {
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

  /** All profiles by id, including hidden ones. */
  stored(): Readonly<Record<string, Values>> {
    return Object.fromEntries(this.#profiles)
  }

  /** The profile that queries show for an id. */
  shown(id: string): Values | null {
    return this.#profiles.get(this.#identity.canonicalOf(id)) ?? null
  }
}
