import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseQuery } from '../../core/decode/params.ts'
import { assertNever } from '../../core/result.ts'
import { parseLimit } from '../../read/limit.ts'
import {
  createLookupTable,
  type LookupError,
  type LookupTwinDeps,
  removeLookupTable,
  showLookupRows,
  showLookupTables,
} from '../../twin/lookup-tables.ts'
import { NEW_LOOKUP_TABLE_BODY, type NewLookupTableBody } from '../../twin/schemas.ts'
import { goneSignal } from '../gone.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectReadDeps, projectRoutes, sendError } from '../project-routes.ts'

interface TableParams {
  readonly id: string
}

const TABLES = '/_twin/projects/:project/lookup-tables'

/** `/_twin/projects/:project/lookup-tables`: make, list, read and delete lookup tables. */
export function twinLookupRoutes(app: FastifyInstance, deps: LookupTwinDeps & ProjectReadDeps): void {
  const routes = projectRoutes(app, deps)
  routes.post<{ Body: NewLookupTableBody }>(
    TABLES,
    { schema: { body: NEW_LOOKUP_TABLE_BODY } },
    async (project, request, reply) => {
      const made = await createLookupTable(project, request.body, deps)
      return made.ok ? await reply.code(201).send(made.value) : sendLookupError(reply, made.error)
    },
  )
  routes.get(TABLES, async (project, _request, reply) => {
    const db = deps.reads(project, goneSignal(reply))
    return await reply.send(await showLookupTables(project, { db }))
  })
  routes.get<{ Params: TableParams }>(`${TABLES}/:id`, async (project, request, reply) => {
    const query = parseQuery(request.url)
    const limit = parseLimit(query.get('limit') ?? undefined)
    if (!limit.ok) return sendProblem(reply, 400, limit.error)
    const page = { after: query.get('after') ?? undefined, limit: limit.value }
    const db = deps.reads(project, goneSignal(reply))
    const shown = await showLookupRows(project, request.params.id, page, { db })
    return shown.ok ? await reply.send(shown.value) : sendLookupError(reply, shown.error)
  })
  routes.delete<{ Params: TableParams }>(`${TABLES}/:id`, async (project, request, reply) => {
    const isDeleted = await removeLookupTable(project, request.params.id, deps)
    return isDeleted ? await reply.code(204).send() : sendLookupError(reply, 'unknown_table')
  })
}

function sendLookupError(reply: FastifyReply, error: LookupError): FastifyReply {
  switch (error) {
    case 'unknown_table':
      return sendProblem(reply, 404, 'The project has no lookup table with this id.')
    case 'unknown_project':
      return sendError(reply, { code: 'unknown_project' })
    case 'id_taken':
      return sendProblem(reply, 409, 'The project has a lookup table with this id.')
    case 'bad_cursor':
      return sendProblem(reply, 400, 'after must be a cursor that this route gave as next.')
    case 'other_version':
      return sendProblem(
        reply,
        409,
        'The table was replaced since after was given: read it from its beginning.',
      )
    default:
      return assertNever(error)
  }
}
