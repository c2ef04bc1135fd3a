import type { AnswerOf, BodyOf, RouteShape } from '../api/routing/shape.ts'
import type { Infer, Schema } from '../core/json-schema.ts'
import type { TwinpanelError } from './errors.ts'

/** What may be given with every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** The first page as a promise, and the items of all pages as an iterable, which asks for the next page when it is due. */
export interface Pages<Page, Item> extends Promise<Page>, AsyncIterable<Item> {}

/** A route of the server, as the client calls it. */
export interface Route<Call = unknown> {
  /** As `GET /_twin/projects/:project/events`. */
  readonly operation: string
  /** Where the argument after those of the path goes. */
  readonly takes: 'query' | 'body' | 'none'
  /** The field of a page that has its items. */
  readonly pages?: string
  /** A status beside those of success whose body is an answer. */
  readonly answers?: number
  /** Errors of their own class, by status. */
  readonly errors?: Readonly<Record<number, new (problem: never) => TwinpanelError>>
  /** The type of the method; there is no value. */
  readonly call?: Call
}

/** Routes by the names of the client's methods. */
export interface RouteTree {
  readonly [name: string]: Route | RouteTree
}

/** The methods for a tree of routes. */
export type Methods<T> = {
  readonly [Name in keyof T]: T[Name] extends Route<infer Call> ? Call : Methods<T[Name]>
}

/** Declares a route by its shape, whose type all arguments are checked against: no code of the server is imported. */
export function route<S extends RouteShape, Call = Method<S>>(
  operation: `${S['method']} ${S['url']}`,
  takes: TakenBy<S>,
  ...[more]: AnswerOf<S> extends AnyPage
    ? [{ readonly pages: ListName<AnswerOf<S>> }]
    : [Pick<Route, 'answers' | 'errors'>?]
): Route<Call> {
  return { operation, takes, ...more }
}

type TakenBy<S> = S extends { readonly query: unknown }
  ? 'query'
  : S extends { readonly body: unknown } | { readonly documentedBody: unknown }
    ? 'body'
    : 'none'

/** The method for a route; that of a project has its project already. */
export type Method<S extends RouteShape> = (
  ...args: [...PathArgs<S['url']>, ...InputArgs<S>, options?: CallOptions]
) => AnswerOf<S> extends AnyPage ? Pages<AnswerOf<S>, ItemOf<AnswerOf<S>>> : Promise<AnswerOf<S>>

type PathArgs<Url extends string> = Url extends `/_twin/projects/:project/${infer Rest}`
  ? PathArgs<Rest>
  : Url extends `${string}:${string}` | `${string}*`
    ? [id: string | number]
    : []

type InputArgs<S extends RouteShape> = S extends { readonly query: infer Query }
  ? [query?: QueryOf<Query>]
  : S extends { readonly documentedBody: infer Body }
    ? [body: Infer<Body>]
    : S extends { readonly isBodyOptional: true }
      ? [body?: BodyOf<S>]
      : S extends { readonly body: Schema }
        ? [body: BodyOf<S>]
        : []

/** Query parameters as values: JSON is not yet text, and true is no text either. */
export type QueryOf<Query> = {
  readonly [Name in keyof Query]?: ValueOf<Query[Name]> | undefined
}

type ValueOf<S> = S extends { readonly contentSchema: infer Content }
  ? Infer<Content>
  : [Infer<S>] extends ['true' | 'false']
    ? boolean
    : Infer<S>

interface AnyPage {
  readonly next: string | null
}

type ListName<Page> = {
  [Name in keyof Page]: Page[Name] extends readonly object[] ? Name : never
}[keyof Page] &
  string

type ItemOf<Page> = Page[ListName<Page>] extends readonly (infer Item)[] ? Item : never
