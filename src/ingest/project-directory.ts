import { createHash, randomBytes } from 'node:crypto'
import type { Project } from '../core/project.ts'
import type { Db } from '../store/db.ts'
import { findProjectsByTokens, insertMissingProjects } from '../store/projects.ts'

/** What happens to records with a token that no project has (DEC-05). */
export type UnknownTokens = 'create' | 'drop'

/** Projects remembered; a server with more asks the database now and then. */
const MAX_REMEMBERED = 10_000

/** What a token must look like for a project to be made of it: anything printable, of a column's length. */
const USABLE_TOKEN = /^[\x21-\x7e]{1,128}$/

/**
 * Finds projects by token, from memory where it can. What is remembered may be out of date: a commit names
 * the version it was judged by, and a refused one makes the caller `forget` and ask again.
 */
export class ProjectDirectory {
  readonly #db: Db
  readonly #unknownTokens: UnknownTokens
  readonly #byToken = new Map<string, Project>()

  constructor(db: Db, unknownTokens: UnknownTokens) {
    this.#db = db
    this.#unknownTokens = unknownTokens
  }

  /** The project that has this token already, or undefined. */
  async findExisting(token: string): Promise<Project | undefined> {
    return (await this.findAllExisting([token])).get(token)
  }

  /** The projects that have these tokens already, in one query for those not remembered. */
  async findAllExisting(tokens: Iterable<string>): Promise<ReadonlyMap<string, Project>> {
    return await this.#find(tokens, async (missing) => await findProjectsByTokens(this.#db, missing))
  }

  /** The same; makes those that are missing where the configuration says so (DEC-05). */
  async findAll(tokens: Iterable<string>): Promise<ReadonlyMap<string, Project>> {
    return await this.#find(tokens, async (missing) => await this.#findOrMake(missing))
  }

  /** True for a token of which findAll would make a project, if none has it (DEC-05). */
  wouldMake(token: string): boolean {
    return this.#unknownTokens === 'create' && USABLE_TOKEN.test(token)
  }

  /** Drops projects from memory, so that the next find asks the database. */
  forget(projects: Iterable<Project>): void {
    for (const project of projects) this.#byToken.delete(project.token)
  }

  async #find(
    tokens: Iterable<string>,
    load: (missing: readonly string[]) => Promise<readonly Project[]>,
  ): Promise<ReadonlyMap<string, Project>> {
    const found = new Map<string, Project>()
    const missing: string[] = []
    for (const token of new Set(tokens)) {
      const project = this.#byToken.get(token)
      if (project !== undefined) found.set(token, project)
      else if (USABLE_TOKEN.test(token)) missing.push(token)
    }
    if (missing.length === 0) return found
    const loaded = await load(missing)
    this.#remember(loaded)
    for (const project of loaded) found.set(project.token, project)
    return found
  }

  async #findOrMake(tokens: readonly string[]): Promise<readonly Project[]> {
    const projects = await findProjectsByTokens(this.#db, tokens)
    if (projects.length === tokens.length || this.#unknownTokens !== 'create') return projects
    const known = new Set(projects.map((project) => project.token))
    const added = tokens.filter((token) => !known.has(token))
    await insertMissingProjects(this.#db, added.map(projectForToken))
    return await findProjectsByTokens(this.#db, tokens)
  }

  #remember(projects: readonly Project[]): void {
    if (this.#byToken.size + projects.length > MAX_REMEMBERED) this.#byToken.clear()
    for (const project of projects) this.#byToken.set(project.token, project)
  }
}

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
