import type { Schema } from '../../core/json-schema.ts'

// What shapes are made of. All of it is plain JSON Schema: a library of schema builders cost 80 ms of every start.

export const TEXT = { type: 'string' } as const

export const COUNT = { type: 'integer', minimum: 0 } as const

/** A moment, as ISO 8601. */
export const MOMENT = { type: 'string', format: 'date-time' } as const

/** JSON of any kind. */
export const ANY_JSON = {} as const

/** A JSON object with whatever fields. */
export const ANY_OBJECT = { type: 'object', additionalProperties: true } as const

/** The identity systems. */
export const MODE = { enum: ['simplified', 'original', 'legacy'] } as const

/** What is null where there is none. */
export function orNull<const S extends Schema>(schema: S) {
  return { anyOf: [schema, { type: 'null' }] } as const
}

export function listOf<const S extends Schema>(items: S) {
  return { type: 'array', items } as const
}

type Fields = Readonly<Record<string, Schema>>

/** An object that is answered: all fields are always there, but for those that are named. */
export function object<const P extends Fields, const Optional extends keyof P & string = never>(
  properties: P,
  optional: readonly Optional[] = [],
) {
  const isRequired = (name: string): name is Exclude<keyof P & string, Optional> =>
    !optional.some((own) => own === name)
  return { type: 'object', required: Object.keys(properties).filter(isRequired), properties } as const
}

/** Something of each identity system. */
export function byMode<const S extends Schema>(schema: S) {
  return { type: 'object', properties: { simplified: schema, original: schema, legacy: schema } } as const
}

/** A schema that the document has under a name, among its components. */
export function named<const S extends Schema>(name: string, schema: S): S {
  return { ...schema, $id: name }
}

/** The cursor of the next page. */
export const NEXT = {
  type: ['string', 'null'],
  description: 'Give it as after for the next page; null on the last.',
} as const

/** Where a page begins. */
export const AFTER = { type: 'string', description: 'The next of the page before.' } as const

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
