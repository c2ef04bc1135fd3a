import { INVALID_ACCOUNT } from '../core/answers/access.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import { err, ok, type Result } from '../core/result.ts'
import { findServiceAccount, listMemberships, type Membership } from '../store/service-accounts.ts'
import { type AccessDeps, type AccessError, tooManyWrong } from './authenticate.ts'
import { credentialsRefused, type RefusalReason } from './refusals.ts'
import { matchesHash } from './secrets.ts'

/** The projects that a service account has access to (QRY-20). In: the client's address. */
export async function findMemberships(
  credentials: Credentials,
  address: string,
  { db, clock, guesses }: Pick<AccessDeps, 'db' | 'clock' | 'guesses'>,
): Promise<Result<readonly Membership[], AccessError>> {
  if (credentials.kind !== 'basic') return err(refusal('none'))
  const waitS = guesses.waitForSecret(address, credentials, clock())
  if (waitS !== undefined) return tooManyWrong(waitS)
  const username = toStorable(credentials.username)
  const account = await findServiceAccount(db, username, undefined)
  const isKnown = account !== undefined && matchesHash(credentials.password, account.secretHash)
  const isExpired = account?.expiresAtMs !== undefined && account.expiresAtMs <= clock()
  guesses.secretShown(address, credentials, isKnown && !isExpired, clock())
  return isKnown && !isExpired ? ok(await listMemberships(db, username)) : err(refusal('unknown_pair'))
}

function refusal(why: RefusalReason): AccessError {
  return { text: INVALID_ACCOUNT, findings: [credentialsRefused(why)] }
}
