import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import { findServiceAccount, listMemberships, type Membership } from '../store/service-accounts.ts'
import type { AccessDeps } from './authenticate.ts'
import { matchesHash } from './secrets.ts'

/** The projects that a service account's credentials open (QRY-20); undefined where they are none. */
export async function findMemberships(
  credentials: Credentials,
  { db, clock }: Pick<AccessDeps, 'db' | 'clock'>,
): Promise<readonly Membership[] | undefined> {
  if (credentials.kind !== 'basic') return undefined
  const username = toStorable(credentials.username)
  const account = await findServiceAccount(db, username, undefined)
  if (account === undefined || !matchesHash(credentials.password, account.secretHash)) return undefined
  const isExpired = account.expiresAtMs !== undefined && account.expiresAtMs <= clock()
  return isExpired ? undefined : await listMemberships(db, username)
}
