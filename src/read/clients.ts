import { hintsFor } from '../core/clients/hints.ts'
import type { Project } from '../core/project.ts'
import { listClients } from '../store/clients.ts'
import type { Db } from '../store/db.ts'

/** The clients that have sent records to a project, most recent first, with the pitfalls that apply to each. */
export async function showClients(project: Project, db: Db) {
  const clients = await listClients(db, project.id)
  return {
    clients: clients.map((client) => ({
      lib: client.lib || null,
      version: client.version || null,
      endpoints: client.endpoints,
      encoding: client.encoding || null,
      host: client.host || null,
      user_agent: client.userAgent || null,
      first_seen: new Date(client.firstSeenMs).toISOString(),
      last_seen: new Date(client.lastSeenMs).toISOString(),
      requests: client.requests,
      records: client.records,
      hints: hintsFor(client),
    })),
  }
}
