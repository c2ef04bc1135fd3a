import { type Finding, finding } from '../core/verdict/finding.ts'

const ACCOUNT = 'a service account (curl -u "USERNAME:SECRET"), with project_id in the URL'
const AS_TOKEN = 'the project token as Basic username, with an empty password (curl -u "TOKEN:")'
const AS_USERNAME = 'the project secret as Basic username, with an empty password (curl -u "SECRET:")'

/**
 * Why credentials are refused, and what to send instead. Which reason is given depends on nothing that the text of the
 * answer does not tell too, or on credentials that are right: a guesser learns nothing from it (SEC-08).
 */
const REASONS = {
  none: ['the request has no Basic or Bearer credentials', ACCOUNT],
  empty: ['the Basic username and password are empty', ACCOUNT],
  secret_as_password: [
    'the Basic username is empty, and the password is not',
    'the secret or token as Basic username, with an empty password (curl -u "SECRET:")',
  ],
  no_account_name: [
    'with a password they are read as a service account, but the username does not end in .mp-service-account',
    AS_USERNAME,
  ],
  account_without_secret: ['the service account came without its secret', ACCOUNT],
  unknown_account: [
    'no service account has this username',
    'the username that was returned when the project was created',
  ],
  wrong_account_secret: [
    'the secret of the service account is wrong',
    'the secret that belongs to the username, or rotate the credentials',
  ],
  unknown_pair: [
    'no service account has this username and this secret',
    'those that were returned when the project was created',
  ],
  expired_account: ['the service account has expired', 'another account, or rotate the credentials'],
  no_member: [
    'the service account is not a member of the project that project_id names',
    'the project_id of the account’s own project',
  ],
  low_role: [
    'the service account is neither Owner nor Admin, as importing requires',
    'an account with that role',
  ],
  other_project: [
    'the secret or token belongs to another project than project_id',
    'the project_id of the same project, or none',
  ],
  token_as_secret: [
    'the Basic username is a project token, which this route does not take',
    `${AS_USERNAME}; or ${ACCOUNT}`,
  ],
  unknown_secret: ['no project has this secret', `${AS_USERNAME}; or ${ACCOUNT}`],
  unknown_secret_or_token: [
    'no project has this secret or token',
    'the token or the secret of a project that GET /_twin/projects lists',
  ],
  padded_secret: ['the username or password begins or ends with white space', 'both without it'],
  rejected_secret: ['the project’s setting project_secret is reject', ACCOUNT],
  account_only: ['the route takes service accounts only', ACCOUNT],
  unknown_bearer: [
    'the bearer token is not TWINPANEL_ADMIN_TOKEN, which stands for OAuth',
    `that token with project_id; or ${ACCOUNT}`,
  ],
  bearer_without_project: [
    'no project has this project_id, which a bearer token needs',
    'the project_id of a project that GET /_twin/projects lists',
  ],
  bearer_only: [
    'the route takes a bearer token only',
    '"Authorization: Bearer <TWINPANEL_ADMIN_TOKEN>", in place of OAuth, and the project token as the parameter token',
  ],
  wrong_bearer: [
    'the bearer token is not TWINPANEL_ADMIN_TOKEN, or the server has none',
    'the token that the server was started with',
  ],
} as const satisfies Readonly<Record<string, readonly [reason: string, instead: string]>>

export type RefusalReason = keyof typeof REASONS

/** Reasons for which a route that takes tokens asks for one. */
const WANTING: ReadonlySet<RefusalReason> = new Set(['none', 'empty', 'no_account_name', 'unknown_bearer'])

/** The finding that credentials were refused (DIA-119). In: whether the route takes the token of a project. */
export function credentialsRefused(why: RefusalReason, acceptsToken = false): Finding {
  const [reason, instead] = REASONS[why]
  const isToken = acceptsToken && WANTING.has(why)
  return finding('auth.refused', { reason, instead: isToken ? AS_TOKEN : instead })
}
