import type { Credentials, NewProjectBody, Project } from '../api/projects.shape.ts'
import type { Intercept } from '../intercept/intercept.ts'
import { createLogger } from '../log.ts'
import { type StartedServer, startServer } from '../server/start-server.ts'
import { type Startup, stopParts } from '../server/startup.ts'
import { type InterceptOptions, nameOptions, readOptions, type TwinpanelOptions } from './options.ts'

/** A project, the secrets that are shown only once, and the URL for an SDK. */
export type TwinpanelProject = Project & Credentials & { readonly url: string }

/** A server in this process. */
export interface Twinpanel extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string
  /** The proxy for Mixpanel's hosts; undefined without the option. */
  readonly intercept: Intercept | undefined
  /** Creates a project; every option has a default. */
  project(options?: NewProjectBody): Promise<TwinpanelProject>
  /** Answers the requests in progress, and stops. Removes the data unless `dataDir` or `databaseUrl` was given. */
  stop(): Promise<void>
}

/** A server with a proxy for Mixpanel's hosts. */
export interface InterceptingTwinpanel extends Twinpanel {
  readonly intercept: Intercept
}

/** The server could not be started; the message says why, and what to do. */
export class TwinpanelStartError extends Error {
  override readonly name = 'TwinpanelStartError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const CANCELLED = 'The start was cancelled.'

/**
 * Starts a server in this process: any number of them, each with its own database. It sets no signal handlers and no
 * exit hooks: call `stop`, or use `await using`.
 */
export async function startTwinpanel(
  options: TwinpanelOptions & { readonly intercept: true | InterceptOptions },
): Promise<InterceptingTwinpanel>
export async function startTwinpanel(options?: TwinpanelOptions): Promise<Twinpanel>
export async function startTwinpanel(options: TwinpanelOptions = {}): Promise<Twinpanel> {
  const read = readOptions(options)
  if (!read.ok) throw new TwinpanelStartError('invalid_options', read.error)
  const { config, isEphemeral, intercept } = read.value
  const { signal } = options
  const startup: Startup = {
    config,
    log: createLogger(config.logLevel),
    parts: [],
    stopping: new AbortController(),
    isEphemeral,
    intercept,
  }
  const cancel = () => startup.stopping.abort(CANCELLED)
  if (signal?.aborted) cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const started = await startServer(startup)
    // A cancelled start fails in several ways.
    if (signal?.aborted) throw new TwinpanelStartError('given_up', CANCELLED)
    if (!started.ok) throw new TwinpanelStartError(started.error.code, nameOptions(started.error.message))
    return controlOf(startup, started.value)
  } catch (error) {
    await stopParts(startup)
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

function controlOf(startup: Startup, { app, url, adminToken, intercept }: StartedServer): Twinpanel {
  startup.stopping.signal.addEventListener('abort', () => startup.log.error(startup.stopping.signal.reason))
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= stopParts(startup)
    return stopped
  }
  return {
    url,
    intercept,
    project: async (options = {}) => {
      // Within the process: the application under test may have replaced `fetch`.
      const answer = await app.inject({
        method: 'POST',
        url: '/_twin/projects',
        payload: options,
        headers: adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` },
      })
      if (answer.statusCode === 201) return { ...answer.json<Project & Credentials>(), url }
      const { detail } = answer.json<{ detail?: string }>()
      throw new Error(`The project could not be created: ${detail ?? `status ${answer.statusCode}`}`)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
