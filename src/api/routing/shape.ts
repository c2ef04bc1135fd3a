import type { Json } from '../../core/json.ts'
import type { Infer, Schema } from '../../core/json-schema.ts'

/** One answer: what it means, and what is in it. */
export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, Schema>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  /** Says that there is no body. */
  readonly type?: 'null'
}

/** What the document says of a route, whoever serves it. */
export interface Description {
  readonly tag: Tag
  readonly operationId?: string
  readonly summary: string
  readonly description?: string
  /** By status; the refusals that follow from the route are added. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Who may ask: Mixpanel's credentials, or everybody; whoever may use our API unless it is given. */
  readonly access?: 'mixpanel' | 'open'
}

/**
 * A route of our API, written down once: what the server checks, what the document says, and the types of the handler
 * and of the page all come from it.
 */
export interface RouteShape extends Description {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `:name` for a parameter; a `*` at the end takes slashes too. */
  readonly url: string
  readonly operationId: string
  /** What the parameters of the path are, but for `:project`; the one of a `*` by the name that the document gives it. */
  readonly params?: Readonly<Record<string, string>>
  /** Schemas of the parameters of the query. Any other parameter is refused; the values are read by the handler. */
  readonly query?: Readonly<Record<string, Schema>>
  /** Schema that a body is checked against. */
  readonly body?: Schema
  /** What the document says of the body instead, where the handler takes more or checks it itself. */
  readonly documentedBody?: Schema
  /** A body may be left out, which is then `{}`. */
  readonly isBodyOptional?: true
  /** A body that the route takes. */
  readonly example?: unknown
}

/** What routes are grouped by, and what each group is. */
export const TAGS = {
  Projects: 'Make, change, empty and delete projects.',
  Records: 'What was stored, whose it is, and what had no effect.',
  Explaining: 'What records would do, and every verdict that there is.',
  Misbehaviour: 'Make Mixpanel’s endpoints fail, and time pass.',
  Configuration: 'What Mixpanel sets up in its own interface: flags and lookup tables.',
  Server: 'The server itself, and its page.',
  Mixpanel: 'What SDKs and tools call, as Mixpanel answers it; docs/compatibility.md has the rules.',
} as const

/** One of TAGS. */
type Tag = keyof typeof TAGS

/** The type of the body that a route takes: any JSON where the handler checks it, undefined where it takes none. */
export type BodyOf<S extends RouteShape> = S extends { readonly body: infer Body }
  ? Infer<Body>
  : S extends { readonly documentedBody: Schema }
    ? Json | undefined
    : undefined

/** The type of what a route answers when all is well; undefined for an answer without a body. */
export type AnswerOf<S extends RouteShape> = ContentOf<S['answers'][keyof S['answers'] & Success]>

type Success = 200 | 201 | 204

type ContentOf<A> = A extends {
  readonly content: { readonly 'application/json': { readonly schema: infer S } }
}
  ? Infer<S>
  : undefined

/** An answer in JSON. */
export function json<const S extends Schema>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } } as const
}

/** A refusal (RFC 9457). */
export function problem<const S extends Schema>(description: string, schema: S) {
  return { description, content: { 'application/problem+json': { schema } } } as const
}

/** An answer in text of some kind. */
export function text(description: string, contentType: string): Answer {
  return { description, content: { [contentType]: { schema: { type: 'string' } } } }
}

/** An answer without a body. */
export function nothing(description: string) {
  return { description, type: 'null' } as const
}
