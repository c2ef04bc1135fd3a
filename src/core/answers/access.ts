/*
 * The exact words about credentials; see ingestion.ts for how to read them.
 */

/** IMP-06, of a request without credentials. [I]; S-09. */
export const NO_CREDENTIALS = 'Unauthorized'
/** IMP-06. [D] OpenAPI `StrictUnauthorized`, `troubleshooting/errors/401-unauthorized.mdx`. */
export const INVALID_CREDENTIALS = 'Invalid credentials'
/** IMP-06. [O] S-04, mixpanel-python#110. */
export const INVALID_SECRET =
  'Unauthorized, invalid project secret. See docs for more information: ' +
  'https://developer.mixpanel.com/reference/authentication#project-secret'
/** IMP-06. [O] S-04. */
export const OTHER_PROJECT = 'Credentials in request did not match project_id URL parameter'
/** IMP-06. [O] S-03, S-04. */
export const UNKNOWN_ACCOUNT = 'Not a valid service account username'
/** IMP-06. [O] S-04, of which only “not a project member” is known. */
export const NOT_A_MEMBER = 'service account is not a project member'
/** IMP-07. [I]; that it is 401 [D] `troubleshooting/errors/401-unauthorized.mdx`. */
export const NEEDS_ADMIN = 'service account must be Owner or Admin'
/** QRY-20. [O] S-03. */
export const INVALID_ACCOUNT = 'Invalid service account credentials'
