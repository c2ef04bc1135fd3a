import type { CanonicalPolicy, KnownCluster } from './model.ts'

/**
 * Which of two clusters gives its canonical id to the joined one (IDO-23). `identified`: the cluster of the identified
 * id, if the verb names one.
 */
export function chooseCanonical(
  policy: CanonicalPolicy,
  clusters: readonly [KnownCluster, KnownCluster],
  identified?: KnownCluster,
): string {
  const [one, other] = clusters
  if (policy === 'identified') {
    if (identified !== undefined) return identified.canonical
    const [a, b] = clusters.map((cluster) => cluster.identified.has(cluster.canonical))
    if (a !== b) return a === true ? one.canonical : other.canonical
  }
  if (policy.startsWith('random:')) {
    return hash(policy + one.canonical) <= hash(policy + other.canonical) ? one.canonical : other.canonical
  }
  return one.seen <= other.seen ? one.canonical : other.canonical
}

/** FNV-1a: the same choice for the same seed and ids, on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}
