import { readProfiles, type Update, withoutLastSeen } from '../../support/profiles.ts'
import type { SdkProject } from './project.ts'
import type { SdkServer } from './sdk-server.ts'

/** A call of an SDK's method on a user or a group: its name, and what it is given. */
export type Call = readonly [method: string, ...given: readonly unknown[]]

/** An object of an SDK whose methods are called by name. */
export type Callable = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>

/** Every profile of a project but for `$last_seen`: of users by id, of groups as `key/id`. */
export async function profilesOf(
  server: SdkServer,
  { id }: SdkProject,
): Promise<Readonly<Record<string, Update>>> {
  const all = Object.entries(await readProfiles(server.db, id))
  return Object.fromEntries(all.map(([name, profile]) => [name, withoutLastSeen(profile) ?? {}]))
}

/** When each profile says that it was last seen. */
export async function lastSeenOf(server: SdkServer, { id }: SdkProject): Promise<Record<string, unknown>> {
  const all = Object.entries(await readProfiles(server.db, id))
  return Object.fromEntries(all.map(([name, profile]) => [name, profile['$last_seen']]))
}
