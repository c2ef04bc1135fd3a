import { jsonReply, type ReplyPlan } from './plan.ts'

/** A project that a service account is a member of, by its public id. */
export interface AccountProject {
  readonly id: number
  readonly name: string
  readonly timezone: string
  readonly role: string
}

/** All projects belong to it, since there is no billing here. */
const ORGANIZATION = { id: 1, name: 'Twinpanel' }

/** What an account has access to (QRY-20). */
export function replyToMe(projects: readonly AccountProject[]): ReplyPlan {
  const listed = projects.map((project) => ({
    ...project,
    organization_id: ORGANIZATION.id,
    has_workspaces: false,
  }))
  const results = {
    organizations: projects.length === 0 ? {} : byId([ORGANIZATION]),
    projects: byId(listed),
    workspaces: byId(projects.map(({ id }) => workspaceOf(id))),
  }
  return jsonReply(200, { status: 'ok', results })
}

/** The only workspace of a project, with the project's id: views of data are not served. */
export function workspaceOf(projectId: number) {
  return {
    id: projectId,
    name: 'All Project Data',
    project_id: projectId,
    is_default: true,
    is_global: true,
    is_restricted: false,
    is_visible: true,
  }
}

function byId<T extends { readonly id: number }>(items: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(items.map((item) => [item.id, item]))
}
