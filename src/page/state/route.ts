import { computed, signal } from '@preact/signals'

export type ViewName = 'live' | 'users' | 'verdicts' | 'clients' | 'explain' | 'projects'

/** What the address names: a view of a project, and what is open in it. */
export interface Route {
  readonly view: ViewName
  /** The project's token; undefined where the address names none. */
  readonly project: string | undefined
  /** What is open in the view, such as a user's id; undefined for nothing. */
  readonly item: string | undefined
  readonly query: Readonly<Record<string, string>>
}

const VIEWS = new Set<string>(['live', 'users', 'verdicts', 'clients', 'explain', 'projects'])

/**
 * Reads the part of an address after `#`: `/p/<token>/<view>/<item>?<query>`, or `/<view>` without a project.
 * What cannot be read is the live view.
 */
export function parseHash(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split(/\?(.*)/s)
  const parts = path.split('/').slice(1)
  const hasProject = parts[0] === 'p'
  const [view = '', item] = hasProject ? parts.slice(2) : parts
  return {
    view: isView(view) ? view : 'live',
    project: hasProject ? decode(parts[1]) : undefined,
    item: decode(item),
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

/** Writes what parseHash reads. */
export function writeHash(route: Route): string {
  const { view, project, item, query } = route
  const params = new URLSearchParams(query)
  const search = params.size === 0 ? '' : `?${params}`
  const owner = project === undefined ? '' : `/p/${encodeURIComponent(project)}`
  return `#${owner}/${view}${item === undefined ? '' : `/${encodeURIComponent(item)}`}${search}`
}

function isView(name: string): name is ViewName {
  return VIEWS.has(name)
}

function decode(part: string | undefined): string | undefined {
  if (part === undefined || part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address now. */
export const route = signal<Route>(parseHash(''))

/** The part of the address that the views are chosen by. */
export const view = computed(() => route.value.view)

/** Follows the address for as long as the page is open. */
export function followAddress(): void {
  const read = () => {
    route.value = parseHash(location.hash)
  }
  addEventListener('hashchange', read)
  read()
}

/** A link to a view; what is not said stays as it is, except the item and the query. */
export function linkTo(part: Partial<Route>): string {
  const { view: current, project } = route.value
  return writeHash({ view: current, project, item: undefined, query: {}, ...part })
}

/** A link that shows a rule of the contract over what is shown now. */
export function linkToRule(rule: string): string {
  return writeHash({ ...route.value, query: { ...route.value.query, rule } })
}

/** Shows no rule any more; the rest of the address stays. */
export function closeRule(): void {
  const { rule: _, ...query } = route.value.query
  goTo({ ...route.value, query }, false)
}

/** Goes to a view. `isStep`: the way back leads here. */
export function goTo(part: Partial<Route>, isStep = true): void {
  const target = linkTo(part)
  if (target === location.hash) return
  if (isStep) {
    location.hash = target
    return
  }
  history.replaceState(null, '', target)
  route.value = parseHash(target)
}
