import type { Schema } from '../../twin/setting-schemas.ts'

export type { Schema }

/** One answer: what it means, and what is in it. */
export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, Schema>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  /** Says that there is no body. */
  readonly type?: 'null'
}

/** What the document says of a route beside what follows from the route itself. */
export interface Operation {
  readonly tags: readonly [Tag]
  readonly operationId?: string
  readonly summary: string
  readonly description?: string
  /** Schemas of the parameters of the query. */
  readonly query?: Readonly<Record<string, Schema>>
  /** Schema of the body, where the route has none that validates. */
  readonly body?: Schema
  /** A body that the route takes. */
  readonly example?: unknown
  /** The body may be left out. */
  readonly isBodyOptional?: true
  /** By status; the refusals that follow from the route are added. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Who may ask: Mixpanel's credentials, or everybody; whoever may use our API unless it is given. */
  readonly access?: 'mixpanel' | 'open'
}

/** Operations by method and URL, as `GET /_twin/projects/:project`. */
export type Operations = Readonly<Record<string, Operation>>

/** What operations are grouped by, and what each group is. */
export const TAGS = {
  Projects: 'Make, change, empty and delete projects.',
  Records: 'What was stored, whose it is, and what had no effect.',
  Explaining: 'What records would do, every verdict that there is, and the rules.',
  Misbehaviour: 'Make Mixpanel’s endpoints fail, and time pass.',
  Configuration: 'What Mixpanel sets up in its own interface: flags and lookup tables.',
  Server: 'The server itself, and its page.',
  Mixpanel: 'What SDKs and tools call, as Mixpanel answers it; docs/contract has the rules.',
} as const

/** One of TAGS. */
type Tag = keyof typeof TAGS

/** A schema of shapes.ts by its name. */
export function shape(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** An answer in JSON. */
export function json(description: string, schema: Schema): Answer {
  return { description, content: { 'application/json': { schema } } }
}

/** A refusal (RFC 9457). */
export function problem(description: string): Answer {
  return { description, content: { 'application/problem+json': { schema: shape('Problem') } } }
}

/** An answer in text of some kind. */
export function text(description: string, contentType: string): Answer {
  return { description, content: { [contentType]: { schema: { type: 'string' } } } }
}

/** 204. */
export function nothing(description: string): Answer {
  return { description, type: 'null' }
}

/** An object with exactly these fields, all of which are always there. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', required, properties }
}

/** A list. */
export function listOf(items: Schema): Schema {
  return { type: 'array', items }
}

/** A page of a list under its name, and the cursor of the next. */
export function pageOf(name: string, items: Schema): Schema {
  return object({ [name]: listOf(items), next: NEXT })
}

/** The cursor of the next page. */
const NEXT: Schema = {
  type: ['string', 'null'],
  description: 'Give it as after for the next page; null on the last.',
}

/** Where a page begins. */
export const AFTER: Schema = { type: 'string', description: 'The next of the page before.' }
