import { randomBytes } from 'node:crypto'
import { chown, rename, writeFile } from 'node:fs/promises'
import type { Client } from 'pg'
import { serverRole } from './connect.ts'
import type { Context } from './context.ts'

/** A password that cannot be guessed. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url')
}

/** Writes the file with the password of a cluster, for its owner alone. */
export async function writePassword(path: string, password: string, { account }: Pick<Context, 'account'>) {
  const draft = `${path}.new`
  await writeFile(draft, `${password}\n`, { mode: 0o600, flush: true })
  if (account !== undefined) await chown(draft, account.uid, account.gid)
  await rename(draft, path)
}

/** Gives the copy of a template a password of its own: whoever learns that of one cluster cannot use the others. */
export async function renewPassword(client: Client, context: Context): Promise<string> {
  const password = newPassword()
  await client.query(`alter role ${serverRole} password ${client.escapeLiteral(password)}`)
  await writePassword(context.layout.passwordFile, password, context)
  return password
}
