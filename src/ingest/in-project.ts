import { ok } from '../core/result.ts'
import type { Endpoint, HasToken } from './endpoint.ts'
import type { AnyOutcome } from './judged-request.ts'

/**
 * An endpoint whose records all belong to the project with a token, whichever tokens they name. A record without a token
 * is refused as before.
 */
export function inProject<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  endpoint: Endpoint<Valid, Refusal, Taken>,
  token: string,
): Endpoint<Valid, Refusal, Taken> {
  return {
    ...endpoint,
    tokenOf: (record) => (endpoint.tokenOf(record) === undefined ? undefined : token),
    validate: (record) => {
      const valid = endpoint.validate(record)
      return valid.ok ? ok({ ...valid.value, token }) : valid
    },
  }
}
