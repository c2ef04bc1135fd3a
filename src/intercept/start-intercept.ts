import type http from 'node:http'
import type { Environment } from '../config.ts'
import { makeCertificates } from './certificates.ts'
import { environmentFor, writeFiles } from './environment.ts'
import type { Intercept, InterceptSettings } from './intercept.ts'
import type { Journal } from './journal.ts'
import { ForwardProxy } from './proxy.ts'

interface InterceptDeps {
  /** For files; the caller removes it. */
  readonly directory: string
  readonly journal: Journal
  /** That of the programs to come, of which some variables are completed. */
  readonly env: Environment
  readonly nowMs: number
}

/** Starts the proxy of a server. */
export async function startIntercept(
  server: http.Server,
  { passThrough }: InterceptSettings,
  { directory, journal, env, nowMs }: InterceptDeps,
): Promise<{ readonly intercept: Intercept; readonly stop: () => Promise<void> }> {
  const certificates = makeCertificates(nowMs)
  const proxy = new ForwardProxy({ server, certificates, passThrough, journal })
  const address = await proxy.start()
  const files = await writeFiles({ directory, certificates, address, env, nowMs }).catch(async (error) => {
    await proxy.stop()
    throw error
  })
  const { authority, spki } = certificates
  const intercept = {
    proxyUrl: `http://127.0.0.1:${address.port}`,
    caCertificate: authority,
    caFile: files.authority,
    spki,
    env: environmentFor(files, address, spki, env),
    requests: () => journal.list(),
  }
  return { intercept, stop: () => proxy.stop() }
}
