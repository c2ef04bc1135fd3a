import { readFile, stat } from 'node:fs/promises'
import { ok, type Result } from '../core/result.ts'
import { type EmbeddedPostgresError, refuse } from './error.ts'
import type { Layout } from './layout.ts'
import { runProgram } from './run-program.ts'
import type { Account } from './user.ts'

/**
 * Whom Postgres runs as. It refuses to be root, so for root it is the owner of an existing cluster (who may
 * be the person who started it without sudo), else the system user `postgres`, made when missing.
 * Undefined: as ourselves.
 */
export async function chooseAccount(
  layout: Layout,
): Promise<Result<Account | undefined, EmbeddedPostgresError>> {
  if (process.getuid?.() !== 0) return ok(undefined)
  const owner = await stat(layout.cluster).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return ok({ uid: owner.uid, gid: owner.gid })
  const existing = await findPostgresUser()
  if (existing !== undefined) return ok(existing)
  // By their paths: a shell opened with plain `su` has no /usr/sbin.
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  const made = await runProgram('/usr/sbin/useradd', [...flags, 'postgres'])
  const account = await findPostgresUser()
  if (account !== undefined) return ok(account)
  const sentence = 'Postgres refuses to run as root, and a system user named postgres could not be created'
  const detail = made.output.trim() || 'useradd failed'
  const advice =
    'Create one (useradd --system postgres), start the server as another user, or set DATABASE_URL.'
  return refuse('no_postgres_user', `${sentence} (${detail}). ${advice}`)
}

/** Reads the file rather than asking `id`: one process fewer on every start. */
async function findPostgresUser(): Promise<Account | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')
  // macOS calls it _postgres.
  const fields = lines
    .map((line) => line.split(':'))
    .find(([name]) => name === 'postgres' || name === '_postgres')
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])]
  return uid > 0 && Number.isInteger(gid) ? { uid, gid } : undefined
}
