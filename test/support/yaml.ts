import { createRequire } from 'node:module'

/** The parser with which knip reads workflows. */
const { parse } = createRequire(new URL('../../node_modules/knip/package.json', import.meta.url))('yaml') as {
  parse(text: string): unknown
}

/** An object of a YAML document. */
export type YamlMap = Readonly<Record<string, unknown>>

/** Parses a document that is an object. */
export function parseYaml(text: string): YamlMap {
  return asMap(parse(text))
}

/** A part of a document as an object; throws if it is something else. */
export function asMap(value: unknown): YamlMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as YamlMap
  throw new Error(`not a map: ${JSON.stringify(value)}`)
}

/** A part of a document as a list; empty if it is missing. */
export function asList(value: unknown = []): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Error(`not a list: ${JSON.stringify(value)}`)
}
