import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/core/json.ts'
import { toStoredProperties } from '../../../../src/core/normalise/properties.ts'
import { countProperties } from '../../../../src/core/normalise/reserved.ts'
import { lengthIn } from '../../../../src/core/normalise/text.ts'
import { hostileProperties } from './json-arbitraries.ts'
import { canonical, naiveStored } from './reference.ts'

const unit = fc.constantFrom('chars' as const, 'bytes' as const)
const options = { numRuns: 400 }

function stored(properties: JsonObject, counted: 'chars' | 'bytes'): Json {
  return JSON.parse(toStoredProperties(properties, {}, counted).json) as Json
}

/** Every limit that a value breaks, at whatever depth. */
function violations(value: Json, depth: number, counted: 'chars' | 'bytes'): readonly string[] {
  if (typeof value === 'string') return textViolations(value, counted)
  if (typeof value === 'number') return Number.isFinite(value) ? [] : ['a number beyond a double']
  if (typeof value !== 'object' || value === null) return []
  const children = Object.entries(value)
  const own = children.length > 255 ? [`${children.length} children`] : []
  if (depth > 3) own.push(`depth ${depth}`)
  if (depth === 1 && Buffer.byteLength(JSON.stringify(value)) > 8_192) own.push('more than 8 KB')
  return own.concat(
    children.flatMap(([name, child]) => [
      ...(isJsonObject(value) ? textViolations(name, counted) : []),
      ...violations(child, depth + 1, counted),
    ]),
  )
}

function textViolations(text: string, counted: 'chars' | 'bytes'): string[] {
  const found: string[] = []
  if (lengthIn(counted, text) > 255) found.push(`${lengthIn(counted, text)} ${counted}`)
  if (text.includes('\u0000')) found.push('NUL')
  if (!text.isWellFormed()) found.push('a lone surrogate')
  return found
}

describe('toStoredProperties, for any JSON object', () => {
  it('gives a JSON object that Postgres can hold, within PRP-10 to PRP-15 (DEC-07)', () => {
    fc.assert(
      fc.property(hostileProperties, unit, (properties, counted) => {
        const value = stored(properties, counted)
        expect(isJsonObject(value)).toBe(true)
        const entries = Object.entries(value as JsonObject)
        expect(entries.length).toBeLessThanOrEqual(255)
        for (const [name, child] of entries) {
          expect([...textViolations(name, counted), ...violations(child, 1, counted)]).toEqual([])
        }
      }),
      options,
    )
  })

  it('agrees with the rules written down plainly (PRP-10)', () => {
    fc.assert(
      fc.property(hostileProperties, unit, (properties, counted) => {
        expect(canonical(stored(properties, counted))).toBe(canonical(naiveStored(properties, counted)))
      }),
      options,
    )
  })

  it('what is stored is stored unchanged when it is sent again (PRP-02)', () => {
    fc.assert(
      fc.property(hostileProperties, unit, (properties, counted) => {
        const once = stored(properties, counted)
        const again = toStoredProperties(once as JsonObject, {}, counted)
        expect(canonical(JSON.parse(again.json) as Json)).toBe(canonical(once))
        expect(again.findings.filter((own) => own.code !== 'value.reserved_bucket')).toEqual([])
      }),
      options,
    )
  })

  it('the short way and the long way store the same (PRP-12)', () => {
    fc.assert(
      fc.property(hostileProperties, unit, (properties, counted) => {
        const { bucket: _, ...without } = properties
        fc.pre(countProperties(without) <= 254)
        const replaced = { $user_id: 'U1', $device_id: undefined }
        // A property named `bucket` is what no short way takes.
        const long = toStoredProperties({ ...without, bucket: 1 }, replaced, counted)
        const short = toStoredProperties(without, replaced, counted)
        const { bucket, ...rest } = JSON.parse(long.json) as JsonObject
        expect(bucket).toBe(1)
        expect(canonical(JSON.parse(short.json) as Json)).toBe(canonical(rest))
      }),
      options,
    )
  })

  it('notes something exactly where something is not stored as sent (VRD-03)', () => {
    fc.assert(
      fc.property(hostileProperties, unit, (properties, counted) => {
        const { bucket: _, $bucket: __, ...own } = properties
        const { findings } = toStoredProperties(own, {}, counted)
        const sent = Object.entries(own).filter(([name]) => naiveStoredName(name))
        const isAsSent = canonical(stored(own, counted)) === canonical(Object.fromEntries(sent))
        expect(findings.length === 0).toBe(isAsSent)
      }),
      options,
    )
  })
})

/** False for the names that PRP-01 says are read on arrival or written by the server. */
function naiveStoredName(name: string): boolean {
  return canonical(naiveStored({ [name]: null }, 'chars')) !== '{}'
}
