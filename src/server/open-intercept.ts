import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ok, type Result } from '../core/result.ts'
import type { Intercept } from '../intercept/intercept.ts'
import type { StartError } from '../start-error.ts'
import { makeEphemeralDirectory, removeEphemeralDirectory } from './ephemeral-directory.ts'
import type { Startup } from './startup.ts'

/** A proxy that is to be started with a server. */
export interface Interception {
  /** For the server: lists the tokens of a request. */
  readonly onRecords: (request: IncomingMessage, tokens: readonly string[]) => void
  /** Starts the proxy of a server that listens, whose admin token is given. */
  start(app: FastifyInstance, adminToken: string | undefined): Promise<Result<Intercept, StartError>>
}

/** Loads the proxy, if the server is to have one. */
export async function openIntercept({
  intercept: settings,
  parts,
}: Startup): Promise<Interception | undefined> {
  if (settings === undefined) return undefined
  const [{ Journal }, { startIntercept }] = await Promise.all([
    import('../intercept/journal.ts'),
    import('../intercept/start-intercept.ts'),
  ])
  const journal = new Journal()
  return {
    onRecords: (request, tokens) => journal.hasTokens(request, tokens),
    start: async (app, adminToken) => {
      if (settings.project !== undefined) await createProject(app, settings.project, adminToken)
      const made = await makeEphemeralDirectory()
      if (!made.ok) return made
      const directory = made.value
      parts.push({ name: 'files of the proxy', stop: () => removeEphemeralDirectory(directory) })
      const started = await startIntercept(app.server, settings, {
        directory,
        journal,
        env: process.env,
        nowMs: Date.now(),
      })
      parts.push({ name: 'proxy', stop: started.stop })
      return ok(started.intercept)
    },
  }
}

/** Creates the project with a token, unless there is one. */
async function createProject(
  app: FastifyInstance,
  token: string,
  adminToken: string | undefined,
): Promise<void> {
  await app.inject({
    method: 'POST',
    url: '/_twin/projects',
    payload: { token, name: token },
    headers: adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` },
  })
}
