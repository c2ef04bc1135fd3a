import { createHash, randomBytes } from 'node:crypto'
import type { Project } from '../core/project.ts'
import type { Db } from '../store/db.ts'
import { makeProjectsOfTokens, type ReachedBound, type TokenBounds } from '../store/new-tokens.ts'
import { findProjectsByTokens } from '../store/projects.ts'
import { BatchedCall } from './batched-call.ts'

/** What happens to records with a token that no project has (DEC-05). */
type UnknownTokens = 'create' | 'drop'

/** How unknown tokens are treated. */
export interface TokenRules {
  readonly unknownTokens: UnknownTokens
  readonly tokenBounds?: TokenBounds | undefined
}

/** More than a test suite makes, and far less than a flood. */
const DEFAULT_TOKEN_BOUNDS: TokenBounds = { perMinute: 6_000, inAll: 100_000 }

/** Projects that one request may make: an SDK sends one token, a test a handful. */
const MAX_NEW_OF_REQUEST = 20

/** Why no project is made of a token: a sentence's part. By token. */
export type HeldBack = ReadonlyMap<string, string>

/** Projects by token, and why none was made of others that would have been (DEC-05). */
export interface FoundProjects {
  readonly projects: ReadonlyMap<string, Project>
  readonly heldBack: HeldBack
}

/** Projects remembered; a server with more asks the database now and then. */
const MAX_REMEMBERED = 10_000
/** Tokens of requests that are looked up, and made, together. */
const MAX_LOOKED_UP = 5_000
const MAX_MADE = 1_000
/** Once a bound is reached, the database is left alone for so long, in ms. */
const REACHED_MS = 250

/** What a token must look like for a project to be made of it: anything printable, of a column's length. */
const USABLE_TOKEN = /^[\x21-\x7e]{1,128}$/

const NONE: HeldBack = new Map()

/**
 * Finds projects by token, from memory where it can. What is remembered may be out of date: a commit names
 * the version it was judged by, and a refused one makes the caller `forget` and ask again. What is not remembered is
 * asked for in one query at a time, however many requests there are: a flood of unknown tokens costs no more.
 */
export class ProjectDirectory {
  readonly #mayMake: boolean
  readonly #bounds: TokenBounds
  readonly #clock: () => number
  readonly #byToken = new Map<string, Project>()
  readonly #lookups: BatchedCall<ReadonlyMap<string, Project>>
  readonly #makings: BatchedCall<ReachedBound | undefined>
  #reached: { readonly bound: ReachedBound; readonly atMs: number } | undefined

  constructor(
    db: Db,
    { unknownTokens, tokenBounds = DEFAULT_TOKEN_BOUNDS }: TokenRules,
    clock: () => number,
  ) {
    this.#mayMake = unknownTokens === 'create'
    this.#bounds = tokenBounds
    this.#clock = clock
    this.#lookups = new BatchedCall(async (tokens) => {
      const projects = await findProjectsByTokens(db, tokens)
      this.#remember(projects)
      const found: ReadonlyMap<string, Project> = new Map(projects.map((own) => [own.token, own]))
      return found
    }, MAX_LOOKED_UP)
    this.#makings = new BatchedCall(async (tokens) => {
      const bound = await makeProjectsOfTokens(db, tokens.map(projectForToken), tokenBounds)
      this.#reached = bound === undefined ? undefined : { bound, atMs: clock() }
      return bound
    }, MAX_MADE)
  }

  /** The project that has this token already, or undefined. */
  async findExisting(token: string): Promise<Project | undefined> {
    return (await this.findAllExisting([token])).get(token)
  }

  /** The projects that have these tokens already. */
  async findAllExisting(tokens: Iterable<string>): Promise<ReadonlyMap<string, Project>> {
    const { found, missing } = this.#recall(tokens)
    if (missing.length > 0) await this.#lookUp(missing, found)
    return found
  }

  /** The same; makes those that are missing where the configuration says so and the bounds allow it (DEC-05). */
  async findAll(tokens: Iterable<string>): Promise<FoundProjects> {
    const { found, missing } = this.#recall(tokens)
    if (missing.length === 0) return { projects: found, heldBack: NONE }
    const unknown = await this.#lookUp(missing, found)
    if (unknown.length === 0 || !this.#mayMake) return { projects: found, heldBack: NONE }
    const beyond = unknown.slice(MAX_NEW_OF_REQUEST)
    const own = unknown.slice(0, MAX_NEW_OF_REQUEST)
    const heldBack = new Map(beyond.map((token) => [token, OF_REQUEST]))
    const bound = this.#boundReached() ?? (await this.#makings.ask(own))
    for (const token of await this.#lookUp(own, found))
      heldBack.set(token, this.#describe(bound ?? 'perMinute'))
    return { projects: found, heldBack }
  }

  /** True for a token of which findAll would make a project, if none has it (DEC-05). */
  wouldMake(token: string): boolean {
    return this.#mayMake && USABLE_TOKEN.test(token)
  }

  /** Drops projects from memory, so that the next find asks the database. */
  forget(projects: Iterable<Project>): void {
    for (const project of projects) this.#byToken.delete(project.token)
  }

  /** What is remembered, and which tokens are to be asked for. */
  #recall(tokens: Iterable<string>): { found: Map<string, Project>; missing: readonly string[] } {
    const found = new Map<string, Project>()
    const missing: string[] = []
    for (const token of new Set(tokens)) {
      const project = this.#byToken.get(token)
      if (project !== undefined) found.set(token, project)
      else if (USABLE_TOKEN.test(token)) missing.push(token)
    }
    return { found, missing }
  }

  /** Adds what the database has to what was found. Out: the tokens that no project has. */
  async #lookUp(tokens: readonly string[], found: Map<string, Project>): Promise<readonly string[]> {
    const all = await this.#lookups.ask(tokens)
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
      ? `of new tokens ${this.#bounds.inAll} projects are made in all`
      : `of new tokens ${this.#bounds.perMinute} projects are made in a minute`
  }

  #remember(projects: readonly Project[]): void {
    if (this.#byToken.size + projects.length > MAX_REMEMBERED) this.#byToken.clear()
    for (const project of projects) this.#byToken.set(project.token, project)
  }
}

const OF_REQUEST = `one request makes ${MAX_NEW_OF_REQUEST} projects`

function projectForToken(token: string) {
  return {
    token,
    name: token,
    idManagement: 'simplified' as const,
    timezone: 'UTC',
    settings: {},
    // Nobody has seen this secret: the twin API gives out a new one when asked.
    secretHash: createHash('sha256').update(randomBytes(32)).digest(),
  }
}
