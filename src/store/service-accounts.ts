import type { Db } from './db.ts'

/** A service account, with its role in one project. */
export interface ServiceAccount {
  readonly username: string
  readonly secretHash: Uint8Array
  readonly expiresAtMs: number | undefined
  /** Undefined if the account is not a member of the given project, or none was given. */
  readonly role: 'owner' | 'admin' | 'analyst' | 'consumer' | undefined
}

/** The account with this name, and its role in the project, if given by its public id. */
export async function findServiceAccount(
  db: Db,
  username: string,
  projectId: number | undefined,
): Promise<ServiceAccount | undefined> {
  const row = await db.kysely
    .selectFrom('service_account as account')
    .leftJoin('project_member as member', (join) =>
      join.onRef('member.username', '=', 'account.username').on('member.project_id', '=', projectId ?? 0),
    )
    .select(['account.username', 'account.secret_hash', 'account.expires_at', 'member.role'])
    .where('account.username', '=', username)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    username: row.username,
    secretHash: row.secret_hash,
    expiresAtMs: row.expires_at?.getTime(),
    role: row.role ?? undefined,
  }
}

/** A project, by its public id, that an account is a member of. */
export interface Membership {
  readonly id: number
  readonly name: string
  readonly timezone: string
  readonly role: NonNullable<ServiceAccount['role']>
}

/** The projects that an account is a member of, oldest first. */
export async function listMemberships(db: Db, username: string): Promise<readonly Membership[]> {
  return await db.kysely
    .selectFrom('project_member as member')
    .innerJoin('project', 'project.public_id', 'member.project_id')
    .select(['project.public_id as id', 'project.name', 'project.timezone', 'member.role'])
    .where('member.username', '=', username)
    .orderBy('project.public_id')
    .execute()
}
