import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Schema } from '../../core/json-schema.ts'
import type { Project } from '../../core/project.ts'
import type { Readers } from '../../read/readers.ts'
import { type FindProjectDeps, findByIdOrToken } from '../find-project.ts'
import { sendUnknownProject } from '../unknown-project.ts'
import type { AnswerOf, BodyOf, RouteShape } from './shape.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's shape, if it is one of our API. */
    readonly shape?: RouteShape
  }
}

export interface ProjectDeps {
  /** For short look-ups, such as which project a path names. */
  readonly lookupDb: FindProjectDeps['db']
}

export interface ProjectReadDeps extends ProjectDeps {
  /** The server's current time, in ms since the epoch. */
  readonly clock: () => number
  readonly reads: Readers
}

type RequestOf<S extends RouteShape> = FastifyRequest<{
  readonly Body: BodyOf<S>
  readonly Params: ParamsOf<S['url']>
}>

type ParamsOf<Url extends string> = Readonly<Record<NamesIn<Url>, string>>

type NamesIn<Url extends string> = Url extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<`/${Rest}`>
  : Url extends `${string}:${infer Name}`
    ? Name
    : Url extends `${string}*`
      ? '*'
      : never

/**
 * The result of a handler: the answer that the shape declares, or the reply if the handler has sent an answer or a
 * refusal itself.
 */
type Answered<S extends RouteShape> =
  | Promise<AnswerOf<S> | FastifyReply>
  | (AnswerOf<S> extends undefined ? Promise<void> : never)

type Handle<S extends RouteShape> = (request: RequestOf<S>, reply: FastifyReply) => Answered<S>

type HandleOfProject<S extends RouteShape> = (
  project: Project,
  request: RequestOf<S>,
  reply: FastifyReply,
) => Answered<S>

/** Options that are not part of a shape. */
export interface RouteOptions {
  readonly bodyLimit?: number
  readonly exposeHeadRoute?: true
  /** Converts other accepted bodies to the form that the schema of the shape checks. */
  readonly normaliseBody?: (body: unknown) => unknown
}

/** Adds a route. What its handler returns is sent with the first status for success in the shape. */
export function addRoute<const S extends RouteShape>(
  app: FastifyInstance,
  shape: S,
  handle: Handle<S>,
  options: RouteOptions = {},
): void {
  register(app, shape, handle, options)
}

/** Adds a route for the project that its path names, by id or by token. */
type AddProjectRoute = <const S extends RouteShape>(
  shape: S,
  handle: HandleOfProject<S>,
  options?: RouteOptions,
) => void

/** Out: a function that adds routes for a project. Handlers get the one that the path names; 404 if there is none. */
export function projectRoutes(app: FastifyInstance, { lookupDb }: ProjectDeps): AddProjectRoute {
  return (shape, handle, options = {}) => {
    const handleNamed = async (request: RequestOf<typeof shape>, reply: FastifyReply) => {
      const { project: name } = request.params as { readonly project: string }
      const project = await findByIdOrToken(name, { db: lookupDb })
      return project.ok
        ? await handle(project.value, request, reply)
        : await sendUnknownProject(reply, name, lookupDb)
    }
    register(app, shape, handleNamed, options)
  }
}

function register<S extends RouteShape>(
  app: FastifyInstance,
  shape: S,
  handle: (request: RequestOf<S>, reply: FastifyReply) => Promise<unknown>,
  { normaliseBody, ...options }: RouteOptions,
): void {
  const status = Number(Object.keys(shape.answers).find((code) => code.startsWith('2')))
  const normalise =
    normaliseBody ?? (shape.isBodyOptional === true ? (body: unknown) => body ?? {} : undefined)
  app.route<{ Body: BodyOf<S>; Params: ParamsOf<S['url']> }>({
    ...options,
    method: shape.method,
    url: shape.url,
    config: { shape },
    ...(shape.body !== undefined && { preValidation: bodyCheckOf(shape.body, normalise) }),
    // Fastify sends what a handler returns, unless the handler has sent the reply itself, possibly with another status.
    handler: (request, reply) => handle(request, reply.code(status)),
  })
}

/**
 * Checks bodies against the schema of a route, and throws Fastify's error. The schema is compiled for the first request:
 * Fastify itself would compile those of all routes at the start, which takes a fifth of a second.
 */
function bodyCheckOf(schema: Schema, normalise: RouteOptions['normaliseBody']) {
  return async (request: FastifyRequest) => {
    if (normalise !== undefined) request.body = normalise(request.body)
    const validate = request.compileValidationSchema(schema, 'body')
    if (validate(request.body ?? null)) return
    const error: Partial<FastifyError> = new Error('The body is invalid')
    error.statusCode = 400
    error.validation = validate.errors ?? []
    throw error
  }
}
