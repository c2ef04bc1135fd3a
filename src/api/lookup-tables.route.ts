import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { assertNever } from '../core/result.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { parseLimit } from '../read/limit.ts'
import {
  CREATE_LOOKUP_TABLE,
  DELETE_LOOKUP_TABLE,
  LIST_LOOKUP_TABLES,
  READ_LOOKUP_TABLE,
} from './lookup-tables.shape.ts'
import {
  createLookupTable,
  type LookupError,
  type LookupTableDeps,
  removeLookupTable,
  showLookupRows,
  showLookupTables,
} from './manage-lookup-tables.ts'
import { sendProjectError } from './project-error.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

/** `/_twin/projects/:project/lookup-tables`: create, list, read and delete lookup tables. */
export function addLookupTableRoutes(app: FastifyInstance, deps: LookupTableDeps & ProjectReadDeps): void {
  const addOfProject = projectRoutes(app, deps)
  addOfProject(CREATE_LOOKUP_TABLE, async (project, request, reply) => {
    const made = await createLookupTable(project, request.body, deps)
    return made.ok ? made.value : sendLookupError(reply, made.error)
  })
  addOfProject(LIST_LOOKUP_TABLES, async (project, _request, reply) => {
    return await showLookupTables(project, { db: deps.reads(project, goneSignal(reply)) })
  })
  addOfProject(READ_LOOKUP_TABLE, async (project, request, reply) => {
    const query = parseQuery(request.url)
    const limit = parseLimit(query.get('limit') ?? undefined)
    if (!limit.ok) return sendProblem(reply, 400, limit.error)
    const page = { after: query.get('after') ?? undefined, limit: limit.value }
    const db = deps.reads(project, goneSignal(reply))
    const shown = await showLookupRows(project, request.params.id, page, { db })
    return shown.ok ? shown.value : sendLookupError(reply, shown.error)
  })
  addOfProject(DELETE_LOOKUP_TABLE, async (project, request, reply) => {
    const isDeleted = await removeLookupTable(project, request.params.id, deps)
    return isDeleted ? undefined : sendLookupError(reply, 'unknown_table')
  })
}

function sendLookupError(reply: FastifyReply, error: LookupError): FastifyReply {
  switch (error) {
    case 'unknown_table':
      return sendProblem(reply, 404, 'The project has no lookup table with this id.')
    case 'unknown_project':
      return sendProjectError(reply, { code: 'unknown_project' })
    case 'id_taken':
      return sendProblem(reply, 409, 'The project already has a lookup table with this id.')
    case 'bad_cursor':
      return sendProblem(reply, 400, 'after must be a cursor that this route gave as next.')
    case 'other_version':
      return sendProblem(
        reply,
        409,
        'The table was replaced after this value of after was issued: start from its first page.',
      )
    default:
      return assertNever(error)
  }
}
