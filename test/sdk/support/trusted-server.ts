import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { loadKeyPair } from '../../../src/tls.ts'
import { type SdkServer, startSdkServer } from './sdk-server.ts'

/** A server over https with the self-signed certificate that `TLS=self-signed` makes. */
export interface TrustedServer extends SdkServer {
  /** The certificate's file, for a client in a process of its own to trust. */
  readonly certPath: string
}

/** Starts it and makes this process trust it, as NODE_EXTRA_CA_CERTS does for a whole process. */
export async function startTrustedServer(): Promise<TrustedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'twinpanel-sdk-'))
  const pair = await loadKeyPair({ kind: 'self-signed' }, { dataDir, host: '127.0.0.1', nowMs: Date.now() })
  if (!pair.ok) throw new Error(pair.error.message)
  const usual = getCACertificates('default')
  setDefaultCACertificates([...usual, pair.value.cert])
  const server = await startSdkServer(pair.value)
  return {
    ...server,
    certPath: join(dataDir, 'tls', 'cert.pem'),
    close: async () => {
      await server.close()
      setDefaultCACertificates(usual)
      await rm(dataDir, { recursive: true })
    },
  }
}
