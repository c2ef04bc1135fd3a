import type { Json } from '../../src/core/json.ts'

/** What is limited, the last that is within, and whether so much of it is. */
export type BoundRow = readonly [what: string, bound: number, isWithin: (amount: number) => boolean]

export const text = (length: number, letter = 'x') => letter.repeat(length)
export const ones = (count: number) => Array.from({ length: count }, () => 1)
export const keys = (count: number) => Object.fromEntries(ones(count).map((one, at) => [`k${at}`, one]))
export const nested = (levels: number): Json => {
  let value: Json = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
