import { type Selectable, sql } from 'kysely'
import type { Project } from '../core/project.ts'
import { DEFAULT_SETTINGS, type ProjectSettings } from '../core/settings.ts'
import type { Db } from './db.ts'
import { brokenUniqueConstraint } from './errors.ts'
import { hasRecords } from './has-records.ts'
import { changeProject } from './locks.ts'
import { keepShown } from './pending-merges.ts'
import { schedulePurge } from './purge.ts'
import type { Schema } from './schema.ts'
import { inKyselyTransaction } from './tx.ts'

/** A project to create. Its secret is a SHA-256 hash; secrets are random, so no salt is needed. */
export interface NewProject {
  readonly token: string
  readonly name: string
  readonly idManagement: Project['idManagement']
  readonly timezone: string
  readonly settings: Partial<ProjectSettings>
  readonly secretHash: Uint8Array
}

/** A service account to create as a member of one project. */
export interface NewServiceAccount {
  readonly username: string
  readonly secretHash: Uint8Array
}

/** A change of a project; absent fields are left unchanged. */
export interface ProjectChange {
  readonly name?: string | undefined
  readonly idManagement?: Project['idManagement'] | undefined
  readonly timezone?: string | undefined
  readonly settings?: Partial<ProjectSettings> | undefined
}

export type ChangeResult =
  | { readonly kind: 'changed'; readonly project: Project }
  | { readonly kind: 'unknown_project' }
  | { readonly kind: 'has_records' }

/** The columns that toProject needs. */
export const PROJECT_COLUMNS = [
  'id',
  'public_id',
  'version',
  'token',
  'name',
  'id_management',
  'timezone',
  'settings',
  'created_at',
  'clock_offset_ms',
] as const
type Row = Pick<Selectable<Schema['project']>, (typeof PROJECT_COLUMNS)[number]>

export function toProject(row: Row): Project {
  return {
    id: row.id,
    publicId: row.public_id,
    version: row.version,
    token: row.token,
    name: row.name,
    idManagement: row.id_management,
    timezone: row.timezone,
    settings: { ...DEFAULT_SETTINGS, ...row.settings },
    createdAtMs: row.created_at.getTime(),
    clockOffsetMs: Number(row.clock_offset_ms),
  }
}

/** The projects that have one of these tokens, unordered. */
export async function findProjectsByTokens(db: Db, tokens: readonly string[]): Promise<readonly Project[]> {
  const rows = await db.kysely
    .selectFrom('project')
    .select(PROJECT_COLUMNS)
    .where('token', '=', sql<string>`any(${tokens}::text[])`)
    .execute()
  return rows.map(toProject)
}

/** The projects with these public ids, unordered; unknown ids are left out. */
export async function findProjectsByIds(db: Db, publicIds: readonly number[]): Promise<readonly Project[]> {
  const rows = await db.kysely
    .selectFrom('project')
    .select(PROJECT_COLUMNS)
    .where('public_id', '=', sql<number>`any(${publicIds}::integer[])`)
    .execute()
  return rows.map(toProject)
}

/** Finds a project by its public id or its token. */
export async function findProject(
  db: Db,
  key: { readonly publicId: number } | { readonly token: string },
): Promise<Project | undefined> {
  const query = db.kysely.selectFrom('project').select(PROJECT_COLUMNS)
  const row = await ('publicId' in key
    ? query.where('public_id', '=', key.publicId)
    : query.where('token', '=', key.token)
  ).executeTakeFirst()
  return row === undefined ? undefined : toProject(row)
}

/** The project whose API secret has this hash. */
export async function findProjectBySecretHash(db: Db, hash: Uint8Array): Promise<Project | undefined> {
  const row = await db.kysely
    .selectFrom('project')
    .select(PROJECT_COLUMNS)
    .where('secret_hash', '=', hash)
    .executeTakeFirst()
  return row === undefined ? undefined : toProject(row)
}

/** Creates a project with a service account as its owner. Undefined if the token is taken. */
export async function insertProject(
  db: Db,
  added: NewProject,
  account: NewServiceAccount,
): Promise<Project | undefined> {
  try {
    return await inKyselyTransaction(db, async (tx) => {
      const row = await tx
        .insertInto('project')
        .values(toValues(added))
        .returning(PROJECT_COLUMNS)
        .executeTakeFirstOrThrow()
      const { username, secretHash } = account
      await tx.insertInto('service_account').values({ username, secret_hash: secretHash }).execute()
      await tx
        .insertInto('project_member')
        .values({ project_id: row.public_id, username, role: 'owner' })
        .execute()
      return toProject(row)
    })
  } catch (error) {
    if (brokenUniqueConstraint(error) === 'project_token_key') return undefined
    throw error
  }
}

function toValues(added: NewProject) {
  return {
    token: added.token,
    name: added.name,
    id_management: added.idManagement,
    timezone: added.timezone,
    settings: JSON.stringify(added.settings),
    secret_hash: added.secretHash,
  }
}

/**
 * Changes a project; its identity system only while it has no records (IDS-34). In: also the server's time, in ms since
 * the epoch.
 */
export async function updateProject(
  db: Db,
  publicId: number,
  change: ProjectChange,
  serverNowMs: number,
): Promise<ChangeResult> {
  const result = await changeProject(db, publicId, async (tx, id): Promise<ChangeResult> => {
    const found = await tx
      .selectFrom('project')
      .select(PROJECT_COLUMNS)
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const changesMode = change.idManagement !== undefined && change.idManagement !== found.id_management
    if (changesMode && (await hasRecords(tx, found.id))) return { kind: 'has_records' }
    const row = await tx
      .updateTable('project')
      .set({
        name: change.name ?? found.name,
        id_management: change.idManagement ?? found.id_management,
        timezone: change.timezone ?? found.timezone,
        settings: JSON.stringify({ ...found.settings, ...change.settings }),
        version: sql<number>`version + 1`,
      })
      .where('public_id', '=', publicId)
      .returning(PROJECT_COLUMNS)
      .executeTakeFirstOrThrow()
    const project = toProject(row)
    await keepShown(tx, toProject(found), project, serverNowMs)
    return { kind: 'changed', project }
  })
  return result ?? { kind: 'unknown_project' }
}

/** Replaces the secret and the service accounts of a project; the old ones stop working. False if unknown. */
export async function replaceCredentials(
  db: Db,
  publicId: number,
  secretHash: Uint8Array,
  account: NewServiceAccount,
): Promise<boolean> {
  return await inKyselyTransaction(db, async (tx) => {
    const updated = await tx
      .updateTable('project')
      .set({ secret_hash: secretHash })
      .where('public_id', '=', publicId)
      .executeTakeFirst()
    if (updated.numUpdatedRows === 0n) return false
    await deleteAccounts(tx, publicId)
    const { username, secretHash: accountHash } = account
    await tx.insertInto('service_account').values({ username, secret_hash: accountHash }).execute()
    await tx.insertInto('project_member').values({ project_id: publicId, username, role: 'owner' }).execute()
    return true
  })
}

/**
 * Removes all records of a project, and keeps the project with a new `project.id` and a new version, which invalidates
 * what servers have cached. Its clock is reset to the server's. The time does not depend on the number of records.
 * False if unknown.
 */
export async function resetProject(db: Db, publicId: number): Promise<boolean> {
  const isDone = await changeProject(db, publicId, async (tx, id) => {
    await sql`
      update project set id = default, version = version + 1, clock_offset_ms = 0,
                         event_seq_at_start = default, verdict_seq_at_start = default
      where id = ${id}`.execute(tx)
    await schedulePurge(tx, id)
    return true
  })
  return isDone === true
}

/** Deletes a project with everything that belongs to it. False if unknown. */
export async function deleteProject(db: Db, publicId: number): Promise<boolean> {
  const isDone = await changeProject(db, publicId, async (tx, id) => {
    await tx.deleteFrom('project').where('id', '=', id).execute()
    await schedulePurge(tx, id)
    await tx.deleteFrom('flag').where('project_id', '=', publicId).execute()
    await tx.deleteFrom('annotation').where('project_id', '=', publicId).execute()
    await deleteAccounts(tx, publicId)
    return true
  })
  return isDone === true
}

/** Deletes a project's memberships, and the accounts that have no other membership. */
async function deleteAccounts(tx: Db['kysely'], projectId: number): Promise<void> {
  const left = await tx
    .deleteFrom('project_member')
    .where('project_id', '=', projectId)
    .returning('username')
    .execute()
  if (left.length === 0) return
  await tx
    .deleteFrom('service_account')
    .where(
      'username',
      'in',
      left.map((member) => member.username),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('project_member')
            .select('role')
            .whereRef('project_member.username', '=', 'service_account.username'),
        ),
      ),
    )
    .execute()
}
