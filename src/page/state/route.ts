import { signal } from '@preact/signals'

export type ViewName = 'live' | 'users' | 'verdicts' | 'clients' | 'explain' | 'projects'

/** The contents of the address: a view of a project, and what is open in it. */
export interface Route {
  readonly view: ViewName
  /** The project's token; undefined if the address names none. */
  readonly project: string | undefined
  /** What is open in the view, such as a user's id; undefined for nothing. */
  readonly item: string | undefined
  readonly query: Readonly<Record<string, string>>
}

const VIEWS = new Set<string>(['live', 'users', 'verdicts', 'clients', 'explain', 'projects'])

/**
 * Parses the part of an address after `#`: `/p/<token>/<view>/<item>?<query>`, or `/<view>` without a project. Anything
 * else is the live view.
 */
function parseHash(hash: string): Route {
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
function writeHash(route: Route): string {
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

/** The current address. */
export const route = signal<Route>(parseHash(''))

/** Follows the address while the page is open. */
export function followAddress(): void {
  const read = () => {
    route.value = parseHash(location.hash)
  }
  addEventListener('hashchange', read)
  read()
}

/** A link to a view; fields not given stay as they are, except the item and the query. */
export function linkTo(part: Partial<Route>): string {
  const { view: current, project } = route.value
  return writeHash({ view: current, project, item: undefined, query: {}, ...part })
}

/** A link that opens a rule of the contract over the current view. */
export function linkToRule(rule: string): string {
  return writeHash({ ...route.value, query: { ...route.value.query, rule } })
}

/** Closes the rule; the rest of the address stays. */
export function closeRule(): void {
  const { rule: _, ...query } = route.value.query
  goTo({ ...route.value, query }, false)
}

/** Goes to a view. `isStep`: adds an entry to the browser's history. */
export function goTo(part: Partial<Route>, isStep = true): void {
  const target = linkTo(part)
  if (target === location.hash) return
  if (isStep) location.hash = target
  else history.replaceState(null, '', target)
  // At once: the browser reports a step later, and a key in between would be taken as typed in the former view.
  route.value = parseHash(target)
}
