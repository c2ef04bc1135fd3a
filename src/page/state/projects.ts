import { computed, signal } from '@preact/signals'
import type { Fault } from '../api/client.ts'
import { listProjects } from '../api/routes.ts'
import type { Project } from '../api/types.ts'
import { goTo, route } from './route.ts'

const LAST_KEY = 'twinpanel.project'

/** All projects, the oldest first; undefined until they are known. */
export const projects = signal<readonly Project[] | undefined>(undefined)

/** Why the projects could not be read; undefined when they were. */
export const projectsFault = signal<Fault | undefined>(undefined)

/** The project that the address names; undefined where it names none, or one that is not there. */
export const project = computed(() => projects.value?.find((own) => own.token === route.value.project))

/** Its token; changes only with the project. */
export const projectToken = computed(() => project.value?.token)

/** Reads the projects again. */
export async function refreshProjects(): Promise<void> {
  const answer = await listProjects()
  projectsFault.value = answer.ok ? undefined : answer.fault
  if (!answer.ok) return
  const known = JSON.stringify(projects.value)
  if (known !== JSON.stringify(answer.value.projects)) projects.value = answer.value.projects
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
