import type { Change, IdentityView, KnownCluster, KnownId, KnownProfile } from './model.ts'

/** An id as the store has it. */
export interface LoadedId {
  readonly distinctId: string
  readonly canonical: string
  readonly isAlias: boolean
  readonly isIdentified: boolean
}

/** A cluster as the store has it; fields that a mode does not use are absent. */
export type LoadedCluster = Pick<KnownCluster, 'canonical'> &
  Partial<Omit<KnownCluster, 'canonical' | 'identified' | 'aliases'>> & {
    readonly identified?: readonly string[]
    readonly aliases?: readonly string[]
  }

/** What the store knows about some ids. Unknown ids are left out. */
export interface LoadedIdentity {
  readonly ids: readonly LoadedId[]
  readonly clusters: readonly LoadedCluster[]
}

/** The event that made a link. */
export interface LinkOrigin {
  readonly event: string
  readonly insertId: string
  /** Ms since the epoch. */
  readonly atMs: number
}

/** A link that was made: by which event, and its effect. */
export interface MadeLink extends LinkOrigin {
  readonly from: string
  readonly to: string
  readonly rule: string
  readonly canonical: string
  /** The canonical id that was replaced. */
  readonly absorbed: string
}

/** The rows to write so that the store matches the state. */
export interface IdentityDifference {
  /** Clusters that have a new canonical id. */
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** Ids whose state has changed. */
  readonly ids: readonly LoadedId[]
  readonly links: readonly MadeLink[]
  /** Profiles that move to a new canonical id. */
  readonly profiles: readonly { readonly from: string; readonly to: string }[]
}

interface Cluster extends KnownCluster {
  canonical: string
  size: number
  identified: Set<string>
  aliases: Set<string>
  seen: number
  recentLinks: number
  profile: KnownProfile | undefined
  earlierEvents: number
  /** The cluster that absorbed this one. */
  joined: Cluster | undefined
}

interface Id {
  readonly distinctId: string
  isAlias: boolean
  isIdentified: boolean
  cluster: Cluster
  isTouched: boolean
}

/** Unseen ids rank after all seen ones, in the order in which they are asked for. */
const UNSEEN = 2 ** 52

/**
 * What is known about the ids of a batch, updated record by record. Lives for one decision; nothing is kept for the
 * next.
 */
export class IdentityState implements IdentityView {
  readonly #ids = new Map<string, Id>()
  readonly #clusters = new Map<string, Cluster>()
  readonly #links: MadeLink[] = []
  #unseen = 0

  constructor(loaded: LoadedIdentity = { ids: [], clusters: [] }) {
    for (const { identified, aliases, ...cluster } of loaded.clusters) {
      this.#addCluster({ ...cluster, identified: new Set(identified), aliases: new Set(aliases) })
    }
    for (const { canonical, ...id } of loaded.ids) {
      const cluster = this.#clusters.get(canonical) ?? this.#addCluster({ canonical })
      this.#ids.set(id.distinctId, { ...id, cluster, isTouched: false })
    }
  }

  /** True when nothing has changed. */
  get isUnchanged(): boolean {
    return this.#links.length === 0 && ![...this.#ids.values()].some((id) => id.isTouched)
  }

  /** What is known about an id; an unknown one is a cluster of its own. */
  find(distinctId: string): KnownId {
    const id = this.#findOrAdd(distinctId)
    id.cluster = rootOf(id.cluster)
    return id
  }

  /** Applies a change that a rulebook decided. */
  apply(change: Change, origin: LinkOrigin): void {
    if (change.kind === 'join') this.#join(change, origin)
    else this.#flag(change)
  }

  /** Counts an event that is stored under an id. */
  countEvent(distinctId: string): void {
    const cluster = this.#clusters.get(distinctId)
    if (cluster !== undefined) cluster.earlierEvents++
  }

  /** Every id that was loaded or asked for. */
  ids(): readonly KnownId[] {
    return [...this.#ids.keys()].map((distinctId) => this.find(distinctId))
  }

  /** What has changed since the state was loaded. */
  difference(): IdentityDifference {
    const moved = [...this.#clusters].flatMap(([from, cluster]) => {
      return cluster.joined === undefined ? [] : [{ from, to: rootOf(cluster).canonical }]
    })
    const ids = [...this.#ids.values()]
      .filter((id) => id.isTouched)
      .map(({ distinctId, isAlias, isIdentified, cluster }) => {
        return { distinctId, canonical: rootOf(cluster).canonical, isAlias, isIdentified }
      })
    // Includes hidden profiles: they moved before they were hidden.
    const profiles = [...this.#clusters.values()].flatMap(({ canonical, profile }) => {
      const isMoved = profile !== undefined && profile.keptUnder !== canonical
      return isMoved ? [{ from: profile.keptUnder, to: canonical }] : []
    })
    return { moved, ids, links: this.#links, profiles }
  }

  #findOrAdd(distinctId: string): Id {
    const known = this.#ids.get(distinctId)
    if (known !== undefined) return known
    const cluster = this.#clusters.get(distinctId) ?? this.#addCluster({ canonical: distinctId })
    const id = { distinctId, isAlias: false, isIdentified: false, cluster, isTouched: false }
    this.#ids.set(distinctId, id)
    return id
  }

  #addCluster(known: Pick<Cluster, 'canonical'> & Partial<Cluster>): Cluster {
    const { identified = new Set<string>(), aliases = new Set<string>() } = known
    const cluster = {
      size: 1,
      seen: UNSEEN + this.#unseen++,
      recentLinks: 0,
      profile: undefined,
      earlierEvents: 0,
      joined: undefined,
      ...known,
      identified,
      aliases,
    }
    this.#clusters.set(cluster.canonical, cluster)
    return cluster
  }

  #join(change: Extract<Change, { kind: 'join' }>, origin: LinkOrigin): void {
    const { from, to, canonical, rule, movesProfile } = change
    const [one, other] = [this.#findOrAdd(from), this.#findOrAdd(to)]
    const clusters = [rootOf(one.cluster), rootOf(other.cluster)] as const
    if (clusters[0] === clusters[1]) return
    const [kept, absorbed] = clusters[0].canonical === canonical ? clusters : [clusters[1], clusters[0]]
    kept.size += absorbed.size
    kept.recentLinks++
    for (const id of absorbed.identified) kept.identified.add(id)
    for (const id of absorbed.aliases) kept.aliases.add(id)
    // In legacy projects a join is an alias, and needs no flag.
    if (rule === 'IDL-01') kept.aliases.add(from)
    if (movesProfile && kept.profile === undefined) {
      kept.profile = absorbed.profile
      absorbed.profile = undefined
    }
    absorbed.joined = kept
    for (const id of [one, other]) if (id.distinctId !== canonical) id.isTouched = true
    this.#links.push({ ...origin, from, to, rule, canonical, absorbed: absorbed.canonical })
  }

  #flag({ distinctId, as }: Extract<Change, { kind: 'flag' }>): void {
    const id = this.#findOrAdd(distinctId)
    id.isTouched = true
    const cluster = rootOf(id.cluster)
    if (as === 'alias') id.isAlias = true
    else id.isIdentified = true
    cluster[as === 'alias' ? 'aliases' : 'identified'].add(distinctId)
  }
}

/** Follows merged clusters to the one that they have become. */
function rootOf(cluster: Cluster): Cluster {
  let root = cluster
  while (root.joined !== undefined) root = root.joined
  return root
}
