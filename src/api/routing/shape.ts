import type { Json } from '../../core/json.ts'
import type { Infer, Schema } from '../../core/json-schema.ts'

/** An answer of a route, in the form of OpenAPI. */
export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, Schema>>
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  /** There is no body. */
  readonly type?: 'null'
}

/** What the OpenAPI document says about a route, ours or one of Mixpanel. */
export interface Description {
  readonly tag: Tag
  readonly operationId?: string
  readonly summary: string
  readonly description?: string
  /** By status. Refusals that follow from the properties of the route are added. */
  readonly answers: Readonly<Record<number, Answer>>
  /** Who has access: clients with credentials of Mixpanel, or everybody. By default, those that may use our API. */
  readonly access?: 'mixpanel' | 'open'
}

/**
 * A route of our API, defined once: the checks of the server, the OpenAPI document, and the types of the handler and of
 * the page are derived from it.
 */
export interface RouteShape extends Description {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `:name` for a parameter; a `*` at the end matches slashes too. */
  readonly url: string
  readonly operationId: string
  /** Descriptions of the path parameters, except `:project`. That of a `*` is under its name in the document. */
  readonly params?: Readonly<Record<string, string>>
  /** Schemas of the query parameters. Any other parameter is refused. The handler reads the values. */
  readonly query?: Readonly<Record<string, Schema>>
  /** The schema that a body is checked against. */
  readonly body?: Schema
  /** The schema in the document, if the handler accepts more or checks the body itself. */
  readonly documentedBody?: Schema
  /** Without a body, it is `{}`. */
  readonly isBodyOptional?: true
  /** An accepted body. */
  readonly example?: unknown
}

/** The groups of routes, and their descriptions. */
export const TAGS = {
  Projects: 'Create, change, reset and delete projects.',
  Records: 'Stored events, users, and records that had no effect.',
  Explaining: 'What records would do, and the verdict catalogue.',
  Simulation: 'Inject faults into Mixpanel’s endpoints, move the clock, delay merges.',
  Configuration: 'What is configured in Mixpanel’s own interface: feature flags and lookup tables.',
  Server: 'The server and its web page.',
  Mixpanel: 'What SDKs and tools call, answered as Mixpanel does; docs/contract has the rules.',
} as const

type Tag = keyof typeof TAGS

/** The type of the body of a route: any JSON if the handler checks it, undefined if there is none. */
export type BodyOf<S extends RouteShape> = S extends { readonly body: infer Body }
  ? Infer<Body>
  : S extends { readonly documentedBody: Schema }
    ? Json | undefined
    : undefined

/** The type of a successful answer of a route; undefined if it has no body. */
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

/** An answer in text, of any content type. */
export function text(description: string, contentType: string): Answer {
  return { description, content: { [contentType]: { schema: { type: 'string' } } } }
}

/** An answer without a body. */
export function nothing(description: string) {
  return { description, type: 'null' } as const
}
