import {
  INVALID_CREDENTIALS,
  INVALID_SECRET,
  NEEDS_ADMIN,
  NO_CREDENTIALS,
  NOT_A_MEMBER,
  OTHER_PROJECT,
  UNKNOWN_ACCOUNT,
} from '../core/answers/access.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import type { Db } from '../store/db.ts'
import { findProject, findProjectBySecretHash } from '../store/projects.ts'
import { findServiceAccount } from '../store/service-accounts.ts'
import type { Guesses } from './guesses.ts'
import { credentialsRefused, type RefusalReason } from './refusals.ts'
import { hashSecret, isSameSecret, matchesHash } from './secrets.ts'

/** A request for a project's data, and the credentials that its endpoint accepts (SEC-03). */
export interface AccessRequest {
  readonly credentials: Credentials
  /** Of the client, as far as proxies are trusted. */
  readonly address: string
  /** The `project_id` parameter as sent. */
  readonly projectId: string | undefined
  /** The request has an `api_key` parameter, which is no longer a credential (IMP-08). */
  readonly hasApiKey: boolean
  /** Accepts the project token as the Basic username: /import does, reads do not. */
  readonly acceptsToken: boolean
  /** Accepts the project's secret as the Basic username; true by default. */
  readonly acceptsSecret?: boolean
  /** Refuses Basic credentials without a colon, as /import does (IMP-04). */
  readonly needsColon?: boolean
  /** The service account must be Owner or Admin, as importing requires (IMP-07). */
  readonly needsAdmin: boolean
  /** An unknown token does not count as a wrong guess: its project may be created by this request. */
  readonly mayBeNew?: boolean
  /** The request has a body that was not read, since the caller is unknown: `project_id` may be in it. */
  readonly isBodyUnread?: boolean
}

/** A project, with findings on the credentials. */
export interface Access {
  readonly project: Project
  readonly findings: readonly Finding[]
}

/** Why access is refused, in the words of the answer (IMP-06). */
export interface AccessError {
  readonly text: string
  readonly findings: readonly Finding[]
  /** Seconds until credentials are checked again, after too many wrong ones. */
  readonly waitS?: number
}

export interface AccessDeps {
  readonly db: Db
  /** Finds a project by token, possibly cached. */
  readonly findByToken: (token: string) => Promise<Project | undefined>
  /** The bearer token with access to every project: TWINPANEL_ADMIN_TOKEN replaces OAuth (IMP-04). */
  readonly adminToken: string | undefined
  /** Now, in ms since the epoch. */
  readonly clock: () => number
  readonly guesses: Guesses
  /**
   * The project that Basic credentials of no project give access to, for a test run whose programs keep those of their
   * real project; undefined where such credentials are refused.
   */
  readonly projectForUnknownCredentials?: (() => Promise<Project | undefined>) | undefined
}

type Checked = Result<Access, AccessError>

/**
 * The result, and whether the credentials were right, since right ones may be refused too. Undefined if they were not
 * checked.
 */
type Tried = { readonly checked: Checked; readonly isRight: boolean | undefined }

/** Finds the project that credentials give access to, in the forms and the order of IMP-04. */
export async function authenticate(request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  const { credentials } = request
  switch (credentials.kind) {
    case 'none':
      return request.hasApiKey
        ? refuse(NO_CREDENTIALS, finding('auth.api_key_only'))
        : refuse(NO_CREDENTIALS, credentialsRefused('none', request.acceptsToken))
    case 'bearer':
      return await checkBearer(credentials.token, request, deps)
    case 'basic':
      if (credentials.lacksColon && request.needsColon)
        return refuse(INVALID_CREDENTIALS, finding('auth.no_colon'))
      return await orForUnknown(await checkBasic(credentials, request, deps), request, deps)
  }
}

/** Wrong credentials for a project that exists stay wrong. */
async function orForUnknown(checked: Checked, request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  if (checked.ok || deps.projectForUnknownCredentials === undefined) return checked
  if ((await findById(request.projectId, deps)) !== undefined) return checked
  const project = await deps.projectForUnknownCredentials()
  return project === undefined ? checked : ok({ project, findings: [] })
}

async function checkBearer(token: string, request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  // Without an admin token there is nothing to guess.
  if (deps.adminToken === undefined)
    return refuse(INVALID_CREDENTIALS, credentialsRefused('unknown_bearer', request.acceptsToken))
  const isKnown = checkToken(token, request.address, deps.adminToken, deps)
  if (!isKnown.ok) return err(isKnown.error)
  if (!isKnown.value)
    return refuse(INVALID_CREDENTIALS, credentialsRefused('unknown_bearer', request.acceptsToken))
  const project = await findById(request.projectId, deps)
  if (project === undefined) return refuse(INVALID_CREDENTIALS, credentialsRefused('bearer_without_project'))
  return ok({ project, findings: [] })
}

/** Compares a bearer token with the admin token. Out: whether they are equal; an error if the client must wait. */
export function checkToken(
  token: string,
  address: string,
  adminToken: string,
  { guesses, clock }: Pick<AccessDeps, 'guesses' | 'clock'>,
): Result<boolean, AccessError> {
  const nowMs = clock()
  const waitS = guesses.waitForToken(address, nowMs)
  if (waitS !== undefined) return tooManyWrong(waitS)
  const isRight = isSameSecret(token, adminToken)
  guesses.tokenShown(address, isRight, nowMs)
  return ok(isRight)
}

async function checkBasic(shown: Basic, request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  const { address } = request
  const waitS = deps.guesses.waitForSecret(address, shown, deps.clock())
  if (waitS !== undefined) return tooManyWrong(waitS)
  const { username, password } = shown
  const isAccount = username.endsWith('.mp-service-account') || password !== ''
  const { checked, isRight } = isAccount
    ? await checkServiceAccount(username, password, request, deps)
    : await checkSecretOrToken(username, request, deps)
  const isGuess = isRight === true || (isRight === false && request.mayBeNew !== true)
  if (isGuess) deps.guesses.secretShown(address, shown, isRight, deps.clock())
  return checked
}

type Basic = Extract<Credentials, { readonly kind: 'basic' }>

async function checkServiceAccount(
  username: string,
  password: string,
  request: AccessRequest,
  deps: AccessDeps,
): Promise<Tried> {
  if (request.projectId === undefined) {
    const why = whyUnreadable(username, password)
    const missing = request.isBodyUnread
      ? credentialsRefused('unknown_pair')
      : finding('auth.service_account_without_project_id')
    return unseen(
      refuse(INVALID_SECRET, why === undefined ? missing : credentialsRefused(why, request.acceptsToken)),
    )
  }
  const project = await findById(request.projectId, deps)
  const account = await findServiceAccount(deps.db, toStorable(username), project?.publicId)
  if (account === undefined) {
    const why = whyUnreadable(username, password) ?? 'unknown_account'
    return wrong(UNKNOWN_ACCOUNT, why, request.acceptsToken)
  }
  const isExpired = account.expiresAtMs !== undefined && account.expiresAtMs <= deps.clock()
  if (!matchesHash(password, account.secretHash)) {
    const why = whyUnreadable(username, password) ?? 'wrong_account_secret'
    return wrong(INVALID_CREDENTIALS, why, request.acceptsToken)
  }
  if (isExpired) return wrong(INVALID_CREDENTIALS, 'expired_account')
  if (project === undefined || account.role === undefined) {
    return right(refuse(NOT_A_MEMBER, credentialsRefused('no_member')))
  }
  const isAdmin = account.role === 'owner' || account.role === 'admin'
  if (request.needsAdmin && !isAdmin) {
    return right(refuse(NEEDS_ADMIN, credentialsRefused('low_role')))
  }
  return right(ok({ project, findings: [] }))
}

async function checkSecretOrToken(text: string, request: AccessRequest, deps: AccessDeps): Promise<Tried> {
  if (request.acceptsSecret === false)
    return unseen(refuse(INVALID_CREDENTIALS, credentialsRefused('account_only')))
  const bySecret = await findProjectBySecretHash(deps.db, hashSecret(text))
  const byToken = bySecret === undefined && request.acceptsToken ? await deps.findByToken(text) : undefined
  const project = bySecret ?? byToken
  if (project === undefined)
    return wrong(INVALID_SECRET, await whyUnknown(text, request, deps), request.acceptsToken)
  if (request.projectId !== undefined && request.projectId !== String(project.publicId)) {
    return right(refuse(OTHER_PROJECT, credentialsRefused('other_project')))
  }
  const { project_secret: policy } = project.settings
  if (bySecret !== undefined && policy === 'reject') {
    return right(refuse(INVALID_SECRET, credentialsRefused('rejected_secret')))
  }
  const isWarned = bySecret !== undefined && policy === 'warn'
  return right(ok({ project, findings: isWarned ? [finding('auth.project_secret_deprecated')] : [] }))
}

/** What is wrong with the form of credentials that are read as a service account's. */
function whyUnreadable(username: string, password: string): RefusalReason | undefined {
  if (username === '') return 'secret_as_password'
  if (isPadded(username) || isPadded(password)) return 'padded_secret'
  if (password === '') return 'account_without_secret'
  return username.endsWith('.mp-service-account') ? undefined : 'no_account_name'
}

/** Why a secret belongs to no project. A token is not a secret, and may be named (SEC-01). */
async function whyUnknown(text: string, request: AccessRequest, deps: AccessDeps): Promise<RefusalReason> {
  if (text === '') return 'empty'
  if (isPadded(text)) return 'padded_secret'
  if (request.acceptsToken) return 'unknown_secret_or_token'
  return (await deps.findByToken(text)) === undefined ? 'unknown_secret' : 'token_as_secret'
}

function isPadded(text: string): boolean {
  return text.trim() !== text
}

async function findById(projectId: string | undefined, deps: AccessDeps): Promise<Project | undefined> {
  const id = parseProjectId(projectId)
  return id === undefined ? undefined : await findProject(deps.db, { publicId: id })
}

/**
 * True for valid credentials, whatever they give access to: enough to decide before a body is read. False while the
 * client must wait; wrong credentials are counted when they are refused.
 */
export async function isKnownCaller(
  credentials: Credentials,
  address: string,
  deps: AccessDeps,
): Promise<boolean> {
  if (credentials.kind === 'none') return false
  if (credentials.kind === 'basic' && deps.projectForUnknownCredentials !== undefined) return true
  const { guesses, clock, adminToken, db } = deps
  if (credentials.kind === 'bearer') {
    if (adminToken === undefined || guesses.waitForToken(address, clock()) !== undefined) return false
    return isSameSecret(credentials.token, adminToken)
  }
  if (guesses.waitForSecret(address, credentials, clock()) !== undefined) return false
  const { username, password } = credentials
  const account = await findServiceAccount(db, toStorable(username), undefined)
  if (account !== undefined) return matchesHash(password, account.secretHash)
  return (await findProjectBySecretHash(db, hashSecret(username))) !== undefined
}

/** The id in a `project_id` parameter; undefined if it is not a 32-bit number. */
export function parseProjectId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  const id = Number(text)
  return id <= 2_147_483_647 ? id : undefined
}

function refuse(text: string, why: Finding): Result<never, AccessError> {
  return err({ text, findings: [why] })
}

/** Refuses credentials without checking them. */
export function tooManyWrong(waitS: number): Result<never, AccessError> {
  const text = `Too many wrong credentials came from this address: try again in ${waitS} s.`
  return err({ text, findings: [], waitS })
}

function wrong(text: string, why: RefusalReason, acceptsToken = false): Tried {
  return { checked: refuse(text, credentialsRefused(why, acceptsToken)), isRight: false }
}

function right(checked: Checked): Tried {
  return { checked, isRight: true }
}

function unseen(checked: Checked): Tried {
  return { checked, isRight: undefined }
}
