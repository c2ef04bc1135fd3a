import { deeperThan, isInvalid, notUtf8, tooMany } from '../answers/import.ts'
import { isJsonArray, type Json, type JsonObject } from '../json.ts'
import { MAX_DEPTH, MAX_ELEMENTS } from '../limits.ts'
import { isDeeperThan } from '../measure.ts'
import { countProperties } from '../normalise/reserved.ts'
import { toStorable } from '../normalise/text.ts'

/** A row of IMP-14 that a property violates. */
export interface PropertyError {
  readonly field: string
  readonly message: string
}

/**
 * The first of rows 15 to 18 of IMP-14 that the properties violate, in the table's order, or undefined. The length of
 * strings is not checked there (IMP-22).
 */
export function findPropertyError(properties: JsonObject): PropertyError | undefined {
  if (isSurelyGood(properties)) return undefined
  const entries = Object.entries(properties)
  const badText = entries.find(([name, value]) => !isUtf8Deep(name) || !isUtf8Deep(value))
  if (badText !== undefined) {
    const field = `properties.${toStorable(badText[0])}`
    return { field, message: notUtf8(field) }
  }
  if (countProperties(properties) > MAX_ELEMENTS) {
    return { field: 'properties', message: isInvalid('properties', tooMany('properties')) }
  }
  for (const reason of [objectProblem, arrayProblem]) {
    for (const [name, value] of entries) {
      const problem = typeof value === 'object' && value !== null ? reason(value) : undefined
      const field = `properties.${name}`
      if (problem !== undefined) return { field, message: isInvalid(field, problem) }
    }
  }
  return undefined
}

/** One pass without allocation that accepts nearly all events: within every limit, and well-formed. */
function isSurelyGood(properties: JsonObject): boolean {
  return areSurelyGood(properties, MAX_DEPTH)
}

function areSurelyGood(members: JsonObject, depthLeft: number): boolean {
  let count = 0
  for (const name in members) {
    if (!name.isWellFormed() || !isGoodValue(members[name] ?? null, depthLeft)) return false
    count++
  }
  return count <= MAX_ELEMENTS
}

function isGoodValue(value: Json, depthLeft: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  if (!isJsonArray(value)) return areSurelyGood(value, depthLeft - 1)
  return value.length <= MAX_ELEMENTS && value.every((child) => isGoodValue(child, depthLeft - 1))
}

function isUtf8Deep(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null || isDeeperThan(value, MAX_DEPTH)) return true
  if (isJsonArray(value)) return value.every(isUtf8Deep)
  return Object.entries(value).every(([name, child]) => name.isWellFormed() && isUtf8Deep(child))
}

function objectProblem(value: Json): string | undefined {
  if (isDeeperThan(value, MAX_DEPTH)) return deeperThan(MAX_DEPTH)
  return someContainer(value, (node) => !Array.isArray(node) && Object.keys(node).length > MAX_ELEMENTS)
    ? tooMany('keys')
    : undefined
}

function arrayProblem(value: Json): string | undefined {
  return someContainer(value, (node) => Array.isArray(node) && node.length > MAX_ELEMENTS)
    ? tooMany('elements')
    : undefined
}

function someContainer(value: Json, test: (node: object) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false
  return test(value) || Object.values(value).some((child) => someContainer(child, test))
}
