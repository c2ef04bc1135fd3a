import { hashSecret, newSecret } from '../access/secrets.ts'
import { ALONE, type Broadcast, type Publish } from '../core/broadcast.ts'
import type { Project } from '../core/project.ts'
import type { Soon } from '../core/soon.ts'
import { findTokenHint, type TokenHint, type TokenOfProject } from '../core/token-hints.ts'
import type { Db } from '../store/db.ts'
import {
  findSecretHashes,
  makeProjectsOfTokens,
  type ProjectOfToken,
  type ReachedBound,
  readTokensToCompare,
  type TokenBounds,
} from '../store/new-tokens.ts'
import { findProjectsByTokens } from '../store/projects.ts'
import { BatchedCall } from './batched-call.ts'

/** What to do with records whose token no project has (DEC-05). */
type UnknownTokenRule = 'create' | 'drop'

export interface TokenRules {
  readonly unknownTokens: UnknownTokenRule
  readonly tokenBounds?: TokenBounds | undefined
}

/** More than a test suite creates, and far less than an attack would. */
const DEFAULT_TOKEN_BOUNDS: TokenBounds = { perMinute: 6_000, inAll: 100_000 }

/** Projects that one request may create: an SDK sends one token, a test a handful. */
const MAX_NEW_OF_REQUEST = 20

/** Why no project is created for a token, as part of a sentence, by token. */
type HeldBack = ReadonlyMap<string, string>

/** What is known of tokens that no project had (DEC-05). */
export interface UnknownTokens {
  /** The tokens for which a limit prevented creating a project. */
  readonly heldBack: HeldBack
  /** What is odd about a token, whether a project was created for it or not. */
  readonly hints: ReadonlyMap<string, TokenHint>
  /** The tokens that are a secret, and must be neither shown nor stored. */
  readonly secrets: ReadonlySet<string>
}

/** Projects by token, and what is known of the others. */
export interface FoundProjects extends UnknownTokens {
  readonly projects: ReadonlyMap<string, Project>
}

/** Projects cached; with more than this, all are dropped and read again. */
const MAX_REMEMBERED = 10_000
/** Tokens looked up in one query. */
const MAX_LOOKED_UP = 5_000
/** Projects created in one transaction. */
const MAX_MADE = 1_000
/** Once a limit is reached, no creation is attempted for this long, in ms. */
const REACHED_MS = 250

/** A token that can have a project: printable ASCII that fits the column. */
const USABLE_TOKEN = /^[\x21-\x7e]{1,128}$/

/** Unknown tokens that are compared with others at a time: a flood of them costs no more. */
const MAX_COMPARED = 20
/** The form of a secret. */
const SECRET = /^[0-9a-f]{32}$/

export const NO_UNKNOWN: UnknownTokens = { heldBack: new Map(), hints: new Map(), secrets: new Set() }

/** Projects that were created, and the bound that was reached. */
interface Created {
  readonly bound: ReachedBound | undefined
  readonly hints: UnknownTokens['hints']
}

/**
 * Finds projects by token, and caches them. The cache may be stale: a commit states the version that it was judged by,
 * and if it is refused, the caller must `forget` the project and find it again. Other tokens are looked up in one query
 * at a time, however many requests there are, so that a flood of unknown tokens costs no more.
 */
export class ProjectDirectory {
  readonly #mayMake: boolean
  readonly #bounds: TokenBounds
  readonly #clock: () => number
  readonly #byToken = new Map<string, Project>()
  readonly #lookups: BatchedCall<ReadonlyMap<string, Project>>
  readonly #creations: BatchedCall<Created>
  readonly #secrets: BatchedCall<Set<string>>
  readonly #comparable: BatchedCall<readonly TokenOfProject[]>
  readonly #publish: Publish<readonly string[]>
  #reached: { readonly bound: ReachedBound; readonly atMs: number } | undefined

  constructor(
    db: Db,
    { unknownTokens, tokenBounds = DEFAULT_TOKEN_BOUNDS }: TokenRules,
    clock: () => number,
    broadcast: Broadcast = ALONE,
  ) {
    this.#publish = broadcast.join('projects', (tokens) => this.#drop(tokens))
    // The versions of another database may stand for other settings.
    db.shared.onReplaced(() => this.#byToken.clear())
    this.#mayMake = unknownTokens === 'create'
    this.#bounds = tokenBounds
    this.#clock = clock
    this.#lookups = new BatchedCall(async (tokens) => {
      const projects = await findProjectsByTokens(db, tokens)
      this.#remember(projects)
      const found: ReadonlyMap<string, Project> = new Map(projects.map((project) => [project.token, project]))
      return found
    }, MAX_LOOKED_UP)
    this.#secrets = new BatchedCall(async (tokens) => {
      const hashes = tokens.map(hashSecret)
      const found = new Set((await findSecretHashes(db, hashes)).map(hexOf))
      return new Set<string>(tokens.filter((_, index) => found.has(hexOf(hashes[index] ?? new Uint8Array()))))
    }, MAX_LOOKED_UP)
    this.#comparable = new BatchedCall(() => readTokensToCompare(db), 1)
    this.#creations = new BatchedCall(async (tokens) => {
      const hints = await this.#compare(tokens)
      const added = tokens.map((token) => projectForToken(token, hints.get(token)?.similarTo))
      const bound = await makeProjectsOfTokens(db, added, tokenBounds)
      this.#reached = bound === undefined ? undefined : { bound, atMs: clock() }
      return { bound, hints }
    }, MAX_MADE)
  }

  /** The project with a token; never creates one. */
  async findExisting(token: string): Promise<Project | undefined> {
    return (await this.findAllExisting([token])).get(token)
  }

  /** The projects with these tokens; never creates one. */
  async findAllExisting(tokens: Iterable<string>): Promise<ReadonlyMap<string, Project>> {
    const { found, missing } = this.#recall(tokens)
    if (missing.length > 0) await this.#lookUp(missing, found)
    return found
  }

  /**
   * The same, but creates missing projects if the configuration says so and the limits allow it (DEC-05). Tokens that are
   * a secret get none, since its token is shown.
   */
  findAll(tokens: ReadonlySet<string>): Soon<FoundProjects> {
    const { found, missing } = this.#recall(tokens)
    return found.size === tokens.size
      ? { projects: found, ...NO_UNKNOWN }
      : this.#findMissing(tokens, found, missing)
  }

  async #findMissing(
    tokens: ReadonlySet<string>,
    found: Map<string, Project>,
    missing: readonly string[],
  ): Promise<FoundProjects> {
    const unknown = missing.length === 0 ? missing : await this.#lookUp(missing, found)
    if (found.size === tokens.size) return { projects: found, ...NO_UNKNOWN }
    const secrets = await this.#findSecrets(unknown)
    const others = unknown.filter((token) => !secrets.has(token))
    if (this.#mayMake && others.length > 0)
      return { projects: found, secrets, ...(await this.#make(others, found)) }
    const nameless = [...tokens].filter((token) => !found.has(token) && !secrets.has(token))
    return { projects: found, secrets, hints: await this.#compare(nameless), heldBack: NO_UNKNOWN.heldBack }
  }

  /** Creates projects and adds them to `found`. */
  async #make(
    unknown: readonly string[],
    found: Map<string, Project>,
  ): Promise<Pick<UnknownTokens, 'heldBack' | 'hints'>> {
    const beyond = unknown.slice(MAX_NEW_OF_REQUEST)
    const allowed = unknown.slice(0, MAX_NEW_OF_REQUEST)
    const heldBack = new Map(beyond.map((token) => [token, OF_REQUEST]))
    const reached = this.#boundReached()
    const { bound, hints } =
      reached === undefined
        ? await this.#creations.call(allowed)
        : { bound: reached, hints: NO_UNKNOWN.hints }
    for (const token of await this.#lookUp(allowed, found))
      heldBack.set(token, this.#describe(bound ?? 'perMinute'))
    return { heldBack, hints }
  }

  async #findSecrets(tokens: readonly string[]): Promise<ReadonlySet<string>> {
    const possible = tokens.filter((token) => SECRET.test(token))
    if (possible.length === 0) return NO_UNKNOWN.secrets
    const secrets = await this.#secrets.call(possible)
    return new Set(possible.filter((token) => secrets.has(token)))
  }

  /** What is odd about tokens that no project has. */
  async #compare(tokens: readonly string[]): Promise<UnknownTokens['hints']> {
    if (tokens.length === 0) return NO_UNKNOWN.hints
    const others = await this.#comparable.call([])
    const hints = new Map<string, TokenHint>()
    for (const token of tokens.slice(0, MAX_COMPARED)) {
      const hint = findTokenHint(token, others)
      if (hint !== undefined) hints.set(token, hint)
    }
    return hints
  }

  /** True for a token for which `findAll` may create a project (DEC-05). */
  wouldMake(token: string): boolean {
    return this.#mayMake && USABLE_TOKEN.test(token)
  }

  /** Drops projects from the cache. */
  forget(projects: Iterable<Project>): void {
    this.#drop(tokensOf(projects))
  }

  /** The same for changed projects, on all processes of the server. */
  async forgetEverywhere(projects: Iterable<Project>): Promise<void> {
    const tokens = tokensOf(projects)
    this.#drop(tokens)
    await this.#publish(tokens)
  }

  #drop(tokens: readonly string[]): void {
    for (const token of tokens) this.#byToken.delete(token)
  }

  /** The cached projects, and the tokens that must be looked up. */
  #recall(tokens: Iterable<string>): { found: Map<string, Project>; missing: readonly string[] } {
    const found = new Map<string, Project>()
    const missing: string[] = []
    for (const token of tokens instanceof Set ? tokens : new Set(tokens)) {
      const project = this.#byToken.get(token)
      if (project !== undefined) found.set(token, project)
      else if (USABLE_TOKEN.test(token)) missing.push(token)
    }
    return { found, missing }
  }

  /** Adds projects from the database to `found`. Out: the tokens without a project. */
  async #lookUp(tokens: readonly string[], found: Map<string, Project>): Promise<readonly string[]> {
    const all = await this.#lookups.call(tokens)
    return tokens.filter((token) => {
      const project = all.get(token)
      if (project !== undefined) found.set(token, project)
      return project === undefined
    })
  }

  #boundReached(): ReachedBound | undefined {
    const passedMs = this.#clock() - (this.#reached?.atMs ?? 0)
    return passedMs >= 0 && passedMs < REACHED_MS ? this.#reached?.bound : undefined
  }

  #describe(bound: ReachedBound): string {
    return bound === 'inAll'
      ? `unknown tokens create at most ${this.#bounds.inAll} projects in total`
      : `unknown tokens create at most ${this.#bounds.perMinute} projects per minute`
  }

  #remember(projects: readonly Project[]): void {
    if (this.#byToken.size + projects.length > MAX_REMEMBERED) this.#byToken.clear()
    for (const project of projects) this.#byToken.set(project.token, project)
  }
}

const OF_REQUEST = `one request makes ${MAX_NEW_OF_REQUEST} projects`

function tokensOf(projects: Iterable<Project>): readonly string[] {
  return [...projects].map(({ token }) => token)
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function projectForToken(token: string, similarTo: number | undefined): ProjectOfToken {
  return {
    token,
    similarTo,
    name: token,
    idManagement: 'simplified' as const,
    timezone: 'UTC',
    settings: {},
    // This secret is never shown: the API creates a new one on request.
    secretHash: hashSecret(newSecret()),
  }
}
