import type { Fault } from '../../../src/core/faults/fault.ts'
import type { SdkServer } from './sdk-server.ts'

/** A fault as our own API reads it back. */
interface CountedFault extends Fault {
  readonly matched: number
  readonly fired: number
}

/** Makes the server misbehave for one project, as a developer would. */
export async function setFaults(
  server: SdkServer,
  token: string,
  ...faults: readonly Fault[]
): Promise<void> {
  const answer = await server.inject({
    method: 'PUT',
    url: `/_twin/projects/${token}/faults`,
    payload: [...faults],
  })
  if (answer.statusCode !== 200) throw new Error(`no faults: ${answer.body}`)
}

/** How often all faults of a project have fired together. */
export async function countFired(server: SdkServer, token: string): Promise<number> {
  const answer = await server.inject({ url: `/_twin/projects/${token}/faults` })
  return answer.json<readonly CountedFault[]>().reduce((sum, { fired }) => sum + fired, 0)
}
