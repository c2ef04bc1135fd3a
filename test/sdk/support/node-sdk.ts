import Mixpanel from 'mixpanel'
import { expect } from 'vitest'
import { madeInsertId } from './project.ts'
import type { SdkServer } from './sdk-server.ts'

export const { ServiceAccountCredentials } = Mixpanel

// The SDK sends even what is meant for loopback through a proxy that the environment names.
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) delete process.env[name]

/** The SDK's options; `key` is missing from its types. */
type Options = Partial<Mixpanel.InitConfig> & { readonly key?: string }

/** It warns on each use of a secret or key that these are deprecated. */
const quiet = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {}

/** The Node SDK, pointed at the server as a developer would. */
export function nodeSdk(server: SdkServer, token: string, options: Options = {}): Mixpanel.Mixpanel {
  const { host, protocol } = server
  return Mixpanel.init(token, { host, protocol, logger: quiet, ...options })
}

/** What an SDK method gives its callback: nothing, or null for a batch, where all is well. */
export function told(call: (done: (outcome: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve) => call(resolve))
}

/** What the SDK adds to each single event, and the server to an event with a bare distinct_id (IDS-01). */
export function single(distinctId: string): Record<string, unknown> {
  return { mp_lib: 'node', $lib_version: expect.stringMatching(/^\d+\.\d+\.\d+$/), ...batched(distinctId) }
}

/** As `single`; to the events of a batch the SDK adds nothing but the token. */
export function batched(distinctId: string): Record<string, unknown> {
  return { distinct_id: distinctId, $user_id: distinctId, $insert_id: madeInsertId }
}
