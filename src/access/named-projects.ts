import type { Credentials } from '../core/decode/credentials.ts'
import type { Db } from '../store/db.ts'
import { findProjectBySecretHash } from '../store/projects.ts'
import { parseProjectId } from './authenticate.ts'
import { hashSecret } from './secrets.ts'

/** The projects that a request names, whether or not it has access. */
export interface NamedProjects {
  readonly ids: ReadonlySet<number>
  readonly tokens: ReadonlySet<string>
}

/** Where a request can name a project. */
export interface ProjectNames {
  readonly credentials: Credentials
  /** The `project_id` parameter as sent. */
  readonly projectId: string | undefined
  /** Tokens of its records and parameters. */
  readonly tokens: readonly string[]
}

/** Collects the projects that a request names, by tokens, id and secret. Checks no access. */
export async function findNamedProjects(names: ProjectNames, db: Db): Promise<NamedProjects> {
  const { credentials } = names
  const ids = new Set<number>()
  const id = parseProjectId(names.projectId)
  if (id !== undefined) ids.add(id)
  if (credentials.kind !== 'basic') return { ids, tokens: new Set(names.tokens) }
  if (credentials.password === '') {
    const owner = await findProjectBySecretHash(db, hashSecret(credentials.username))
    if (owner !== undefined) ids.add(owner.publicId)
  }
  return { ids, tokens: new Set([...names.tokens, credentials.username]) }
}
