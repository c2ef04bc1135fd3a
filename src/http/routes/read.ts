import type { FastifyInstance } from 'fastify'
import { nowOf } from '../../core/clock.ts'
import { parseQuery } from '../../core/decode/params.ts'
import { findMisspelt } from '../../core/paths/misspelt-parameters.ts'
import { textReply } from '../../core/respond/plan.ts'
import { keepFindings } from '../../ingest/keep-findings.ts'
import { endEarly, exportLines, parseExportQuery } from '../../read/export.ts'
import { addressOf } from '../address.ts'
import { admitReader, type ReadDeps } from '../admit-reader.ts'
import { goneSignal } from '../client-gone.ts'
import type { PageRoom } from '../page-room.ts'
import { handleReadError } from '../read-errors.ts'
import { send, setVerdictHeader } from '../send.ts'
import { sendStream } from '../send-stream.ts'

export interface ExportDeps extends ReadDeps {
  readonly pages: PageRoom
}

/** `GET /api/2.0/export`: the raw export (QRY-01 to QRY-09). Errors are plain text. */
export function exportRoutes(app: FastifyInstance, deps: ExportDeps): void {
  app.setErrorHandler(
    handleReadError((_request, reply, status, text) => send(reply, textReply(status, text))),
  )
  app.get('/api/2.0/export', async (request, reply) => {
    const params = parseQuery(request.url)
    const admitted = await admitReader({ kind: 'export', params }, request, reply, deps)
    if (!admitted.ok) return send(reply, textReply(admitted.error.status, admitted.error.text))
    const project = admitted.value
    const nowMs = nowOf(project, deps.clock())
    const misspelt = findMisspelt(params.names).map((finding) => ({ finding, ids: [] }))
    const query = parseExportQuery(params, project, nowMs)
    const findings = query.ok ? misspelt : [...misspelt, ...query.error.findings]
    const sender = addressOf(request)
    const outcomeKind = query.ok ? 'stored' : 'rejected'
    const context = { project, endpoint: '/api/2.0/export', nowMs, outcomeKind, sender } as const
    await keepFindings(findings, context, deps.commits)
    setVerdictHeader(reply, findings)
    if (!query.ok) return send(reply, textReply(400, query.error.text))
    const db = deps.reads(project, goneSignal(reply), 'export')
    const whole = exportLines(query.value, project, nowMs, db, deps.pages.enter(reply))
    const lines = request.fault?.fault.terminate_early === true ? endEarly(whole) : whole
    return await sendStream(request, reply.code(200).header('content-type', 'text/plain'), lines)
  })
}
