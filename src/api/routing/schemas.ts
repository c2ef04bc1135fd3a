import type { Schema } from '../../core/json-schema.ts'

// The building blocks of shapes, in plain JSON Schema: a library of schema builders added 80 ms to every start.

export const TEXT = { type: 'string' } as const

export const COUNT = { type: 'integer', minimum: 0 } as const

/** ISO 8601. */
export const TIMESTAMP = { type: 'string', format: 'date-time' } as const

/** Any JSON. */
export const ANY_JSON = {} as const

/** A JSON object with any fields. */
export const ANY_OBJECT = { type: 'object', additionalProperties: true } as const

/** The identity systems. */
export const MODE = { enum: ['simplified', 'original', 'legacy'] } as const

/** Null means a missing value. */
export function orNull<const S extends Schema>(schema: S) {
  return { anyOf: [schema, { type: 'null' }] } as const
}

export function listOf<const S extends Schema>(items: S) {
  return { type: 'array', items } as const
}

type Fields = Readonly<Record<string, Schema>>

/** An object in an answer. All fields are required, except those in `optional`. */
export function object<const P extends Fields, const Optional extends keyof P & string = never>(
  properties: P,
  optional: readonly Optional[] = [],
) {
  const isRequired = (name: string): name is Exclude<keyof P & string, Optional> =>
    !optional.some((field) => field === name)
  return { type: 'object', required: Object.keys(properties).filter(isRequired), properties } as const
}

/** A value for each identity system. */
export function byMode<const S extends Schema>(schema: S) {
  return { type: 'object', properties: { simplified: schema, original: schema, legacy: schema } } as const
}

/** Names a schema, which the document then has among its components. */
export function named<const S extends Schema>(name: string, schema: S): S {
  return { ...schema, $id: name }
}

/** The cursor of the next page. */
export const NEXT = {
  type: ['string', 'null'],
  description: 'Pass it as after to get the next page; null on the last page.',
} as const

/** The cursor of a page. */
export const AFTER = { type: 'string', description: 'The value of next of the previous page.' } as const

/** Problem details. */
export const PROBLEM = named('Problem', {
  ...object({
    type: { const: 'about:blank' },
    title: TEXT,
    status: { type: 'integer' },
    detail: { ...TEXT, description: 'What is wrong, in a sentence.' },
  }),
  description: 'Problem details, RFC 9457.',
})
