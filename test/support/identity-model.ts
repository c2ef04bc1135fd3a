/*
 * A second, naive implementation of the three identity systems: lists and sets, one record at a time, no store. The
 * server must give the same results for any history.
 */

export type Mode = 'simplified' | 'original' | 'legacy'

/** A record of a history, with a unique insert_id. */
export interface ModelRecord {
  readonly kind: 'event' | 'identify' | 'alias' | 'merge'
  readonly insertId: string
  /** event: distinct_id, device, user; identify: anonymous, identified; alias: of, alias; merge: both. */
  readonly ids: readonly (string | undefined)[]
}

/** A user: all ids, and the insert_ids of its events. */
export interface ModelUser {
  readonly canonical: string
  readonly ids: readonly string[]
  readonly events: readonly string[]
}

const GUID = /^(\$device:)?[0-9a-z]+(-[0-9a-z]+){4}$/i
const UUID4 = /^(\$device:)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export class IdentityModel {
  readonly #mode: Mode
  readonly #max: number
  /** Ids in the order in which they were first received. */
  readonly #seen: string[] = []
  #clusters: Set<string>[] = []
  readonly #owners = new Map<string, string>()
  readonly #aliased = new Set<string>()
  readonly #identified = new Set<string>()
  readonly #stored: { readonly insertId: string; readonly under: string; readonly kind: string }[] = []

  constructor(mode: Mode, max: number) {
    this.#mode = mode
    this.#max = max
  }

  /** Processes a record. Out: the codes of its verdicts, sorted. */
  take(record: ModelRecord): readonly string[] {
    if (this.#mode === 'simplified') return this.#takeSimplified(record)
    return this.#mode === 'original' ? this.#takeOriginal(record) : this.#takeLegacy(record)
  }

  /** The users that have an event or a link, by canonical id. */
  users(): readonly ModelUser[] {
    const users = new Map<string, { ids: Set<string>; events: Set<string> }>()
    const userOf = (canonical: string) => {
      const user = users.get(canonical) ?? { ids: new Set([canonical]), events: new Set() }
      users.set(canonical, user)
      return user
    }
    for (const { insertId, under } of this.#stored) {
      const user = userOf(this.#mode === 'legacy' ? under : this.canonicalOf(under))
      user.events.add(insertId)
      if (this.#mode !== 'legacy') user.ids.add(under)
    }
    for (const id of this.#owners.keys()) userOf(this.canonicalOf(id)).ids.add(id)
    for (const cluster of this.#clusters.filter(({ size }) => size > 1)) {
      for (const id of cluster) userOf(this.canonicalOf(id)).ids.add(id)
    }
    return [...users]
      .map(([canonical, { ids, events }]) => ({
        canonical,
        ids: [...ids].sort(),
        events: [...events].sort(),
      }))
      .sort((a, b) => (a.canonical < b.canonical ? -1 : 1))
  }

  #takeSimplified({ kind, ids, insertId }: ModelRecord): readonly string[] {
    if (kind === 'identify') return ['identity.identify_noop']
    if (kind === 'alias') return ['identity.alias_noop_simplified']
    const [distinctId = '', device, user] = ids
    const deviceId = device === undefined ? undefined : `$device:${device}`
    this.#stored.push({ insertId, under: user ?? deviceId ?? distinctId, kind })
    if (deviceId === undefined || user === undefined) return []
    const owner = this.#owners.get(deviceId)
    if (owner === undefined) this.#owners.set(deviceId, user)
    return owner === undefined || owner === user ? [] : ['identity.device_already_assigned']
  }

  #takeOriginal({ kind, ids, insertId }: ModelRecord): readonly string[] {
    const [one = '', other = '', third] = ids
    const under = kind === 'identify' ? other : one
    for (const id of kind === 'event' ? [one] : [one, other]) {
      if (id !== '' && !this.#seen.includes(id)) this.#seen.push(id)
    }
    this.#stored.push({ insertId, under, kind })
    if (kind === 'event') return this.#inertIds(ids[1], third)
    if (one === other) return ['identity.same_ids']
    if (kind === 'identify') return this.#identify(one, other)
    const [mine, others] = [this.#namesOf(one), this.#namesOf(other)]
    const areNamed = mine.length > 0 && others.length > 0
    if (kind === 'merge') return this.#joinNamed(one, other, areNamed)
    if (this.#aliased.has(other)) return ['identity.alias_exists']
    const codes = this.#joinNamed(other, one, areNamed || mine.some((id) => id !== one && id !== other))
    if (!codes.includes('identity.cluster_full')) this.#aliased.add(other)
    return codes
  }

  /** The ids by which a user was identified or aliased. */
  #namesOf(id: string): readonly string[] {
    return [...this.#clusterOf(id)].filter((own) => this.#identified.has(own) || this.#aliased.has(own))
  }

  /** Joins two users, with a verdict if both were named. */
  #joinNamed(one: string, other: string, areNamed: boolean): readonly string[] {
    const wasOne = this.#clusterOf(one) === this.#clusterOf(other)
    const codes = this.#join(one, other)
    const isJoined = !wasOne && !codes.includes('identity.cluster_full')
    return areNamed && isJoined ? [...codes, 'identity.people_joined'].sort() : codes
  }

  #inertIds(device: string | undefined, user: string | undefined): readonly string[] {
    if (device === undefined || user === undefined) return []
    const mine = this.#clusterOf(user)
    return mine.has(device) || mine.has(`$device:${device}`) ? [] : ['identity.dual_id_inert']
  }

  #identify(anon: string, user: string): readonly string[] {
    if (!GUID.test(anon)) return ['identity.anon_not_guid']
    const mine = this.#clusterOf(anon)
    const isTaken = [...mine].some((id) => this.#identified.has(id) && id !== anon && id !== user)
    if (isTaken || (mine.has(user) && this.#identified.has(user))) return ['identity.anon_already_identified']
    const wasOne = mine.has(user)
    const isNamed = [...mine].some((id) => this.#aliased.has(id) && id !== anon && id !== user)
    const codes = [...this.#join(anon, user), ...(UUID4.test(anon) ? [] : ['identity.anon_not_uuid4'])]
    if (codes.includes('identity.cluster_full')) return ['identity.cluster_full']
    if (!wasOne && this.#identified.has(anon)) codes.push('identity.shared_device_merge')
    else if (!wasOne && isNamed) codes.push('identity.people_joined')
    if (!wasOne && this.canonicalOf(user) !== user) codes.push('identity.canonical_is_anonymous')
    this.#identified.add(user)
    return codes.sort()
  }

  #join(one: string, other: string): readonly string[] {
    const [a, b] = [this.#clusterOf(one), this.#clusterOf(other)]
    if (a === b) return one === other ? ['identity.same_ids'] : []
    if (a.size + b.size > this.#max) return ['identity.cluster_full']
    const joined = new Set([...a, ...b])
    this.#clusters = [...this.#clusters.filter((cluster) => cluster !== a && cluster !== b), joined]
    return joined.size >= this.#max * 0.9 ? ['identity.cluster_nearly_full'] : []
  }

  #takeLegacy({ kind, ids, insertId }: ModelRecord): readonly string[] {
    const [one = '', other = ''] = ids
    const root = this.canonicalOf(kind === 'identify' ? other : one)
    const earlier = this.#stored.some((stored) => stored.under === other && stored.kind === 'event')
    this.#stored.push({ insertId, under: root, kind })
    if (kind === 'event') return []
    if (kind === 'identify') return ['identity.identify_noop']
    if (kind === 'merge') return ['identity.merge_not_on_track']
    if (one === other) return ['identity.same_ids']
    if (this.#owners.has(other) && this.canonicalOf(other) === root) return []
    if (this.#owners.has(other) || root === other) return ['identity.alias_ignored_legacy']
    const isNamed = [...this.#owners.keys()].some((id) => id !== one && this.canonicalOf(id) === root)
    this.#owners.set(other, one)
    return [
      ...(earlier ? ['identity.alias_not_retroactive'] : []),
      ...(isNamed ? ['identity.people_joined'] : []),
    ]
  }

  #clusterOf(id: string): Set<string> {
    const known = this.#clusters.find((cluster) => cluster.has(id))
    if (known !== undefined) return known
    const added = new Set([id])
    this.#clusters.push(added)
    return added
  }

  /** The canonical id of an id's user. */
  canonicalOf(id: string): string {
    if (this.#mode === 'original') {
      const cluster = this.#clusterOf(id)
      return this.#seen.find((seen) => cluster.has(seen)) ?? id
    }
    const owner = this.#owners.get(id)
    return owner === undefined ? id : this.#mode === 'simplified' ? owner : this.canonicalOf(owner)
  }
}
