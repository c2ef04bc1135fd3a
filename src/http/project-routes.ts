import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { Project } from '../core/project.ts'
import { assertNever } from '../core/result.ts'
import type { Readers } from '../read/readers.ts'
import { findByIdOrToken, type ProjectError, type TwinDeps } from '../twin/projects.ts'
import type { ProjectParams } from '../twin/schemas.ts'
import { sendProblem } from './problem.ts'

/** What routes about projects work with. */
export interface ProjectDeps {
  /** For short look-ups: which project is named. */
  readonly lookupDb: TwinDeps['db']
}

/** What routes that read records of projects work with. */
export interface ProjectReadDeps extends ProjectDeps {
  /** Now by the server's clock, in ms since the epoch. */
  readonly clock: () => number
  readonly reads: Readers
}

/** What a route takes beside its project. */
interface Taken {
  readonly Params?: unknown
  readonly Body?: unknown
}

type ProjectRequest<T extends Taken> = FastifyRequest<T & { readonly Params: ProjectParams }>

type Handle<T extends Taken> = (
  project: Project,
  request: ProjectRequest<T>,
  reply: FastifyReply,
) => Promise<FastifyReply>

/** Adds a route, as Fastify's shorthand of that name; `url` has `:project`. */
interface Add {
  <T extends Taken>(url: string, handle: Handle<T>): void
  <T extends Taken>(url: string, options: RouteShorthandOptions, handle: Handle<T>): void
}

/** Routes about a project: each handler is given the one that the path names, by id or token; 404 where there is none. */
export function projectRoutes(
  app: FastifyInstance,
  { lookupDb }: ProjectDeps,
): Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Add>> {
  const adder = (method: string): Add => {
    return <T extends Taken>(url: string, ...rest: [Handle<T>] | [RouteShorthandOptions, Handle<T>]) => {
      const [options, handle] = rest.length === 1 ? [{}, rest[0]] : rest
      app.route({
        ...options,
        method,
        url,
        handler: async (request, reply) => {
          const { project: name } = request.params as ProjectParams
          const project = await findByIdOrToken(name, { db: lookupDb })
          if (!project.ok) return sendError(reply, project.error)
          return await handle(project.value, request as ProjectRequest<T>, reply)
        },
      })
    }
  }
  return {
    get: adder('GET'),
    post: adder('POST'),
    put: adder('PUT'),
    patch: adder('PATCH'),
    delete: adder('DELETE'),
  }
}

/** Says in a sentence why a request about a project is refused. */
export function sendError(reply: FastifyReply, error: ProjectError): FastifyReply {
  switch (error.code) {
    case 'unknown_project':
      return sendProblem(reply, 404, 'No project has this id or token.')
    case 'token_taken':
      return sendProblem(reply, 409, 'Another project has this token.')
    case 'has_records':
      return sendProblem(
        reply,
        409,
        'id_management can be changed only while the project is empty: reset it first.',
      )
    case 'unknown_timezone':
      return sendProblem(
        reply,
        400,
        `timezone ${JSON.stringify(error.timezone)} is not an IANA name such as Europe/Berlin.`,
      )
    default:
      return assertNever(error)
  }
}
