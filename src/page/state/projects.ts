import { computed, signal } from '@preact/signals'
import type { ApiError } from '../api/client.ts'
import { listProjects, readProject } from '../api/routes.ts'
import type { Project } from '../api/types.ts'
import { goTo, route } from './route.ts'

const LAST_KEY = 'twinpanel.project'

/** The number of listed projects: there are thousands if every test creates one. */
const LISTED = 100

/** The newest projects, oldest first, and the chosen one; undefined until they are loaded. */
export const projects = signal<readonly Project[] | undefined>(undefined)

/** There are more projects than listed. */
export const hasMoreProjects = signal(false)

/** Why the projects could not be loaded; undefined if they were. */
export const projectsError = signal<ApiError | undefined>(undefined)

/** The project that the address names; undefined if it names none, or an unknown one. */
export const project = computed(() => projects.value?.find((listed) => listed.token === route.value.project))

/** Its token; changes only with the project. */
export const projectToken = computed(() => project.value?.token)

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

/** The newest projects whose name or token contains a text. */
export async function findProjects(search: string) {
  return await listProjects({ search, order: 'newest', limit: LISTED })
}

/** Adds a found project to the list, so that it can be chosen. */
export function listProject(found: Project): void {
  const all = projects.value ?? []
  if (!all.some(({ token }) => token === found.token)) projects.value = [found, ...all]
}

/** The project that the address names, or the one chosen last, if it is not among the newest. */
async function readChosen(newest: readonly Project[]): Promise<Project | undefined> {
  const token = route.value.project ?? localStorage.getItem(LAST_KEY) ?? undefined
  if (token === undefined || newest.some((listed) => listed.token === token)) return undefined
  const answer = await readProject(token)
  // A token may look like an id.
  return answer.ok && answer.value.token === token ? answer.value : undefined
}

/** There is no project yet: the first one opens Live. */
let awaitsFirst = false

/** Chooses a project if the address names none: the one chosen last, or the newest. */
export function chooseProject(): void {
  const all = projects.value ?? []
  const isFirst = awaitsFirst && all.length > 0
  awaitsFirst = all.length === 0
  const { project: named, view } = route.value
  if (named !== undefined) localStorage.setItem(LAST_KEY, named)
  const last = localStorage.getItem(LAST_KEY)
  const chosen = named ?? (all.find((listed) => listed.token === last) ?? all.at(-1))?.token
  if (chosen === undefined || (chosen === named && !isFirst)) return
  goTo({ ...route.value, view: isFirst ? 'live' : view, project: chosen }, false)
}
