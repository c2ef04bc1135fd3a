import { type Finding, finding } from '../verdict/finding.ts'
import { findUnserved } from './unserved-routes.ts'

/** Longer paths are not explained. */
const MAX_EXPLAINED_CHARS = 2_048

/**
 * Why a request has no route: it is one of Mixpanel that Twinpanel does not serve, or its path ends like one that is
 * served. In: the path without doubled slashes and slash at its end; the served paths, `:name` for any segment.
 */
export function explainPath(method: string, path: string, served: readonly string[]): Finding | undefined {
  if (path.length > MAX_EXPLAINED_CHARS) return undefined
  const unserved = findUnserved(method, path)
  if (unserved !== undefined) return finding('endpoint.not_served', { ...unserved })
  const asked = segmentsOf(path)
  const nearest = findNearest(asked, served)
  if (nearest === undefined) return undefined
  const change = describeChange(asked, nearest)
  return finding('path.not_served', { asked: `${method} ${path}`, served: nearest.path, change })
}

/** What comes before the name of a route: clients set it in one place and the name in another. */
const BASE = /^\/api\/(?:query|2\.0|app)(?=\/)/

/** Names that many other APIs have: they are only recognized behind their base. */
const COMMON_NAMES: ReadonlySet<string> = new Set(['/events', '/me'])

interface Nearest {
  readonly path: string
  readonly segments: readonly string[]
  /** How many segments at the end of the asked path are those of the route. */
  readonly common: number
}

/** The served path that most segments at the end of the asked one belong to; the shortest of several. */
function findNearest(asked: readonly string[], served: readonly string[]): Nearest | undefined {
  let best: Nearest | undefined
  for (const path of served) {
    const segments = path.split('/').slice(1)
    const name = path.replace(BASE, '')
    const least = name.split('/').length - 1 + (COMMON_NAMES.has(name) ? 1 : 0)
    const common = commonTail(asked, segments)
    if (common < least) continue
    const isNearer =
      best === undefined ||
      common > best.common ||
      (common === best.common && segments.length < best.segments.length)
    if (isNearer) best = { path, segments, common }
  }
  return best
}

function commonTail(asked: readonly string[], segments: readonly string[]): number {
  let count = 0
  while (count < asked.length && count < segments.length) {
    const segment = segments.at(-1 - count) ?? ''
    if (!segment.startsWith(':') && segment !== asked.at(-1 - count)?.toLowerCase()) break
    count++
  }
  return count
}

function describeChange(asked: readonly string[], { segments, common }: Nearest): string {
  if (common < segments.length) return 'the client’s base URL lacks part of the path'
  if (asked.length === common) return 'paths are case-sensitive, without a file extension or suffix'
  const prefix = asked.slice(0, -common).join('/')
  return `leave /${prefix} out of api_host (the SDK adds the path), or have the proxy remove it`
}

/** The segments of a path, decoded, without what does not belong to it: parameters, empty segments, a file's ending. */
function segmentsOf(path: string): readonly string[] {
  const [bare = ''] = decoded(path).split(/[?#;&]/, 1)
  const segments = bare
    .split(/[/\\]/)
    .map((segment) => segment.trim())
    .filter((segment) => segment !== '')
  return segments.map((segment, at) => (at === segments.length - 1 ? segment.replace(ENDING, '') : segment))
}

const ENDING = /\.(?:php|aspx?|jsp|cgi|html?|json|gif|png)$/i

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
