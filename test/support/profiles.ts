import type { InjectOptions } from 'fastify'
import type { Db } from '../../src/store/db.ts'
import { History, type ShownVerdict } from './identity.ts'
import type { TestServer } from './server.ts'

/** An update of a user or group in a request to /engage or /groups, without the token. */
export type Update = Readonly<Record<string, unknown>>

/** A request to /engage or /groups with a JSON body. */
export function profilesJson(path: string, records: unknown): InjectOptions {
  return {
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(records),
  }
}

/** All stored profiles, including hidden ones, which no route returns: by id, for groups by `key/id`. */
export async function readProfiles(db: Db, projectId: number): Promise<Readonly<Record<string, Update>>> {
  const { rows } = await db.pool.query<{ key: string; id: string; properties: Update }>(
    `select group_key as key, distinct_id as id, properties from profile
     where project_id = (select id from project where public_id = $1)`,
    [projectId],
  )
  return Object.fromEntries(
    rows.map(({ key, id, properties }) => [key === '' ? id : `${key}/${id}`, properties]),
  )
}

/** A project with methods that write profiles over HTTP and read them. */
export class Profiles extends History {
  static override async start(
    server: TestServer,
    mode = 'simplified',
    settings: object = {},
  ): Promise<Profiles> {
    return new Profiles(server, await server.createProject({ id_management: mode, settings }))
  }

  /** Sends all updates in one request to /engage, with this project's token. Out: the body of the answer. */
  async engage(...updates: readonly Update[]): Promise<string> {
    return await this.send('/engage', updates)
  }

  /** The same to /groups. */
  async groups(...updates: readonly Update[]): Promise<string> {
    return await this.send('/groups', updates)
  }

  async send(path: string, updates: readonly unknown[]): Promise<string> {
    const records = updates.map((update) => {
      return typeof update === 'object' && update !== null
        ? { $token: this.project.token, ...update }
        : update
    })
    return (await this.server.send(profilesJson(path, records))).body
  }

  /** A user's profile with `$last_seen`, as returned by the API; null if there is none. */
  async whole(distinctId: string): Promise<Readonly<Record<string, unknown>> | null> {
    const user = await this.user(distinctId)
    return (user?.profile ?? null) as Readonly<Record<string, unknown>> | null
  }

  /** A user's profile without `$last_seen`. */
  async profile(distinctId: string): Promise<Readonly<Record<string, unknown>> | null> {
    return withoutLastSeen(await this.whole(distinctId))
  }

  async lastSeen(distinctId: string): Promise<unknown> {
    return (await this.whole(distinctId))?.['$last_seen']
  }

  /** All stored profiles, including hidden ones, without `$last_seen`: by id, for groups by `key/id`. */
  async stored(): Promise<Readonly<Record<string, unknown>>> {
    const all = Object.entries(await this.everything())
    return Object.fromEntries(all.map(([id, properties]) => [id, withoutLastSeen(properties)]))
  }

  /** The same with `$last_seen`. */
  async everything(): Promise<Readonly<Record<string, Update>>> {
    return await readProfiles(this.server.db, this.project.project_id)
  }

  async verdict(code: string): Promise<ShownVerdict | undefined> {
    return (await this.verdicts()).find((verdict) => verdict.code === code)
  }
}

export function withoutLastSeen(profile: Update | null): Update | null {
  if (profile === null) return null
  const { $last_seen: _, ...others } = profile
  return others
}
