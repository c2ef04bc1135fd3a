import { computed, signal } from '@preact/signals'
import type { ApiError } from '../api/client.ts'
import { listProjects, readProject } from '../api/routes.ts'
import type { Project } from '../api/types.ts'
import { goTo, route } from './route.ts'

const LAST_KEY = 'twinpanel.project'

/** So many projects are listed: where every test makes one, there are thousands. */
const LISTED = 100

/** The newest projects, the oldest of them first, and the one that is chosen; undefined until they are known. */
export const projects = signal<readonly Project[] | undefined>(undefined)

/** There are more than those. */
export const hasMoreProjects = signal(false)

/** Why the projects could not be read; undefined when they were. */
export const projectsError = signal<ApiError | undefined>(undefined)

/** The project that the address names; undefined where it names none, or one that is not there. */
export const project = computed(() => projects.value?.find((own) => own.token === route.value.project))

/** Its token; changes only with the project. */
export const projectToken = computed(() => project.value?.token)

/** Reads the projects again. */
export async function refreshProjects(): Promise<void> {
  const answer = await findProjects('')
  projectsError.value = answer.ok ? undefined : answer.error
  if (!answer.ok) return
  const { projects: newest, next } = answer.value
  const chosen = next === null ? undefined : await readChosen(newest)
  const all = [...(chosen === undefined ? [] : [chosen]), ...newest.toReversed()]
  hasMoreProjects.value = next !== null
  if (JSON.stringify(projects.value) !== JSON.stringify(all)) projects.value = all
}

/** The newest projects that have a text in their name or token. */
export async function findProjects(search: string) {
  return await listProjects({ search, order: 'newest', limit: LISTED })
}

/** Lists a project that was found, so that it can be chosen. */
export function listProject(found: Project): void {
  const all = projects.value ?? []
  if (!all.some(({ token }) => token === found.token)) projects.value = [found, ...all]
}

/** The project that the address names, or that of last time, where it is none of the newest. */
async function readChosen(newest: readonly Project[]): Promise<Project | undefined> {
  const token = route.value.project ?? localStorage.getItem(LAST_KEY) ?? undefined
  if (token === undefined || newest.some((own) => own.token === token)) return undefined
  const answer = await readProject(token)
  // A token may look like an id.
  return answer.ok && answer.value.token === token ? answer.value : undefined
}

/** Where the address names no project: the one of last time, or the one made last. */
export function chooseProject(): void {
  const all = projects.value ?? []
  const { project: named } = route.value
  if (named !== undefined) {
    localStorage.setItem(LAST_KEY, named)
    return
  }
  const last = localStorage.getItem(LAST_KEY)
  const chosen = all.find((own) => own.token === last) ?? all.at(-1)
  if (chosen !== undefined) goTo({ ...route.value, project: chosen.token }, false)
}
