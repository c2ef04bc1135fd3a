import type { Json } from './json.ts'

/** Bytes of the value as compact JSON in UTF-8, whatever its depth. */
export function jsonBytes(value: Json): number {
  try {
    return Buffer.byteLength(JSON.stringify(value))
  } catch (error) {
    // Checking the depth first would take longer than the rest; beyond the stack's limit this is thrown.
    if (error instanceof RangeError) return walkBytes(value)
    throw error
  }
}

/** The same without recursion, so that any depth is safe; far slower. */
function walkBytes(value: Json): number {
  const waiting: Json[] = [value]
  let bytes = 0
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) {
      bytes += Buffer.byteLength(JSON.stringify(next))
      continue
    }
    const children = Object.values(next)
    bytes += 2 + Math.max(children.length - 1, 0)
    if (!Array.isArray(next)) {
      for (const name of Object.keys(next)) bytes += Buffer.byteLength(JSON.stringify(name)) + 1
    }
    for (const child of children) waiting.push(child)
  }
  return bytes
}

/**
 * True if the value nests lists and objects deeper than `limit` levels, itself being level 1. Stops at the limit, so a
 * hostile depth costs nothing.
 */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  return Object.values(value).some((child) => isDeeperThan(child, limit - 1))
}
