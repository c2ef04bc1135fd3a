import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseCanonical } from '../../../../src/core/identity/canonical.ts'
import type { CanonicalPolicy, KnownCluster } from '../../../../src/core/identity/model.ts'

const NO_PROFILE = { profile: undefined }

/** A cluster whose canonical id was seen at a place in the order; of its ids those named are identified. */
function cluster(canonical: string, seen: number, ...identified: readonly string[]): KnownCluster {
  const counts = { size: 1, recentLinks: 0, earlierEvents: 0 }
  return {
    canonical,
    seen,
    aliases: new Set<string>(),
    identified: new Set(identified),
    ...counts,
    ...NO_PROFILE,
  }
}

const OLD = cluster('old', 1)
const NEW = cluster('new', 2)

describe('chooseCanonical', () => {
  it.each<readonly [string, CanonicalPolicy, KnownCluster, KnownCluster, KnownCluster | undefined, string]>([
    ['first_seen: the older', 'first_seen', OLD, NEW, undefined, 'old'],
    ['first_seen: whoever is identified', 'first_seen', OLD, cluster('new', 2, 'new'), undefined, 'old'],
    ['first_seen: whatever the verb names', 'first_seen', OLD, NEW, NEW, 'old'],
    ['identified: the one the verb names', 'identified', OLD, NEW, NEW, 'new'],
    ['identified: the one the verb names, if older', 'identified', OLD, NEW, OLD, 'old'],
    [
      'identified: a person rather than nobody',
      'identified',
      OLD,
      cluster('new', 2, 'new'),
      undefined,
      'new',
    ],
    ['identified: nobody is one', 'identified', OLD, NEW, undefined, 'old'],
    [
      'identified: both are one',
      'identified',
      cluster('old', 1, 'old'),
      cluster('new', 2, 'new'),
      undefined,
      'old',
    ],
    [
      'identified: a member that is not the canonical id counts for nothing',
      'identified',
      OLD,
      cluster('new', 2, 'another'),
      undefined,
      'old',
    ],
  ])('%s, in either order (IDO-23)', (_name, policy, one, other, identified, expected) => {
    expect(chooseCanonical(policy, [one, other], identified)).toBe(expected)
    expect(chooseCanonical(policy, [other, one], identified)).toBe(expected)
  })

  it('random chooses one of the two, the same in either order and each time (IDO-23)', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (seed, a, b) => {
        fc.pre(a !== b)
        const [one, other] = [cluster(a, 1), cluster(b, 2)]
        const chosen = chooseCanonical(`random:${seed}`, [one, other])
        expect([a, b]).toContain(chosen)
        expect(chooseCanonical(`random:${seed}`, [one, other], other)).toBe(chosen)
      }),
    )
    const texts = Array.from({ length: 200 }, (_, n) => [`a${n}`, `b${n}`] as const)
    for (const [a, b] of texts) {
      const clusters = [cluster(a, 1), cluster(b, 2)] as const
      const turned = chooseCanonical('random:7', [clusters[1], clusters[0]])
      expect(turned).toBe(chooseCanonical('random:7', clusters))
    }
  })

  it('random depends on the seed, and favours neither the older nor the newer (IDO-23)', () => {
    const choices = (seed: number) => {
      const all = Array.from({ length: 400 }, (_, n) => {
        const clusters = [cluster(`anon ${n}`, 1), cluster(`user ${n}`, 2)] as const
        return chooseCanonical(`random:${seed}`, clusters).startsWith('anon') ? 1 : 0
      })
      return all
    }
    expect(choices(1)).not.toEqual(choices(2))
    const older = choices(1).reduce<number>((sum, own) => sum + own, 0)
    expect(older).toBeGreaterThan(100)
    expect(older).toBeLessThan(300)
  })
})
