import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nowOf } from '../core/clock.ts'
import { parseQuery } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import type { Result } from '../core/result.ts'
import { goneSignal } from '../http/client-gone.ts'
import type { PageRoom } from '../http/page-room.ts'
import { sendProblem } from '../http/problem.ts'
import { sendStream } from '../http/send-stream.ts'
import { allEventLines, allProfileLines, parseAllEvents, parseAllProfiles } from '../read/export-all.ts'
import type { Db } from '../store/db.ts'
import { EXPORT_EVENTS, EXPORT_PROFILES } from './export.shape.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

export interface ExportDeps extends ProjectReadDeps {
  readonly pages: PageRoom
}

/** `GET /_twin/projects/:project/export/…`: all events or profiles, as JSON lines. */
export function addExportRoutes(app: FastifyInstance, deps: ExportDeps): void {
  const add = projectRoutes(app, deps)
  add(EXPORT_EVENTS, async (project, request, reply) => {
    const query = parseAllEvents(parseQuery(request.url), project, nowOf(project, deps.clock()))
    return await answer(query, project, request, reply, (filter, db, targetChars) =>
      allEventLines(filter, project, db, targetChars),
    )
  })
  add(EXPORT_PROFILES, async (project, request, reply) => {
    const query = parseAllProfiles(parseQuery(request.url), project, nowOf(project, deps.clock()))
    return await answer(query, project, request, reply, allProfileLines)
  })

  async function answer<Filter>(
    query: Result<Filter, string>,
    project: Project,
    request: FastifyRequest,
    reply: FastifyReply,
    read: (filter: Filter, db: Db, targetChars: () => number) => AsyncGenerator<string>,
  ): Promise<FastifyReply> {
    if (!query.ok) return sendProblem(reply, 400, query.error)
    const db = deps.reads(project, goneSignal(reply), 'export')
    const lines = read(query.value, db, deps.pages.enter(reply))
    return await sendStream(request, reply.type('application/x-ndjson'), lines)
  }
}
