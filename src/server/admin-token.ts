import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'
import { codeOf, type StartError } from '../start-error.ts'

/**
 * The configured admin token, or the generated one: it is created on the first start, and kept in the data directory.
 * Undefined without a token.
 */
export async function loadAdminToken({
  adminToken,
  generatesAdminToken,
  dataDir,
}: Pick<Config, 'adminToken' | 'generatesAdminToken' | 'dataDir'>): Promise<
  Result<string | undefined, StartError>
> {
  if (!generatesAdminToken) return ok(adminToken)
  const path = join(resolve(dataDir), 'admin-token')
  try {
    await mkdir(resolve(dataDir), { recursive: true })
    const token = await findOrCreate(path)
    if (/^[\w-]{43}$/.test(token)) return ok(token)
    return refuse(`${path} does not contain an admin token that Twinpanel has generated. Delete it`)
  } catch (error) {
    return refuse(`The admin token cannot be kept in ${path} (${codeOf(error)}). Make it accessible`)
  }
}

async function findOrCreate(path: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  try {
    await writeFile(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
    return token
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return (await readFile(path, 'utf8')).trim()
    throw error
  }
}

function refuse(sentence: string): Result<never, StartError> {
  return err({
    code: 'admin_token_unusable',
    message: `${sentence}, or set TWINPANEL_ADMIN_TOKEN to a secret, for example the output of openssl rand -hex 32.`,
  })
}
