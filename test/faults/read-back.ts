import { GROUP_KEY, type Project, type Projects, SHARED_PROFILE } from './operations.ts'
import type { Sent } from './traffic.ts'

/** How what was acknowledged compares with what is there. */
export interface Comparison {
  readonly acknowledged: number
  /** Acknowledged and missing, each with its id. */
  readonly lost: readonly string[]
  /** There more often than sent, or more than once in a view that has no duplicates. */
  readonly doubled: readonly string[]
  /** Sums, links and last values that do not follow from what was acknowledged. */
  readonly wrong: readonly string[]
}

type Properties = Readonly<Record<string, unknown>>

/** What is stored of the projects. */
interface Stored {
  /** Events by `$insert_id`: how many there are, and the user that the first is shown for. */
  readonly events: ReadonlyMap<string, { readonly count: number; readonly user: string }>
  /** Events by name, as queries count them. */
  readonly counted: ReadonlyMap<string, number>
  /** Different `$insert_id`s by name. */
  readonly different: ReadonlyMap<string, number>
  readonly profiles: ReadonlyMap<string, Properties>
  readonly groups: ReadonlyMap<string, Properties>
}

/** Reads everything back, and compares. */
export async function compare(url: string, projects: Projects, sent: readonly Sent[]): Promise<Comparison> {
  const stored = await readAll(url, projects)
  return {
    acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
    lost: findLost(sent, stored),
    doubled: findDoubled(sent, stored),
    wrong: findWrong(sent, stored),
  }
}

function findLost(sent: readonly Sent[], { events, profiles, groups }: Stored): readonly string[] {
  return sent.flatMap(({ operation: { id, kind, insertIds, profile = '' }, isAcknowledged }) => {
    if (!isAcknowledged) return []
    const lost = insertIds.filter((insertId) => !events.has(insertId)).map((lostId) => `event ${lostId}`)
    if (kind === 'add' && !listOf(profiles.get(profile)).includes(id)) lost.push(`$append ${id}`)
    if (kind === 'group' && !listOf(groups.get(profile)).includes(id)) lost.push(`$union ${id}`)
    return lost
  })
}

function findDoubled(sent: readonly Sent[], stored: Stored): readonly string[] {
  const doubled = sent.flatMap(({ operation: { id, kind, insertIds, profile = '' }, attempts }) => {
    const tooMany = insertIds.filter((insertId) => (stored.events.get(insertId)?.count ?? 0) > attempts)
    const count =
      kind === 'add' ? listOf(stored.profiles.get(profile)).filter((entry) => entry === id).length : 0
    return [...tooMany.map((insertId) => `event ${insertId}`), ...(count > attempts ? [`$append ${id}`] : [])]
  })
  // A retry with the same $insert_id counts once, however often it was stored.
  const counts = [...stored.different].flatMap(([event, different]) => {
    const counted = stored.counted.get(event) ?? 0
    return counted === different ? [] : [`${event}: ${different} different events, ${counted} counted`]
  })
  return [...doubled, ...counts]
}

function findWrong(sent: readonly Sent[], { events, profiles }: Stored): readonly string[] {
  const wrong: string[] = []
  for (const { operation, isAcknowledged } of sent) {
    const { id, linked } = operation
    if (linked === undefined) continue
    const shown = events.get(linked.insertId)?.user
    // The anonymous event and the link are of one request, and stored together.
    if (shown !== undefined && shown !== linked.user) wrong.push(`link ${id}: shown for ${shown}`)
    if (isAcknowledged && shown === undefined) wrong.push(`link ${id}: not there`)
  }
  for (const [id, properties] of profiles) {
    const [n, list] = [Number(properties['n'] ?? 0), listOf(properties)]
    if (id !== SHARED_PROFILE && n !== list.length)
      wrong.push(`${id}: n is ${n}, of ${list.length} operations`)
  }
  const added = sent.filter(({ operation }) => operation.kind === 'add')
  const least = added.filter(({ isAcknowledged }) => isAcknowledged).length
  const most = added.reduce((sum, { attempts }) => sum + attempts, 0)
  const total = Number(profiles.get(SHARED_PROFILE)?.['n'] ?? 0)
  if (total < least || total > most) wrong.push(`the sum is ${total}: it must be ${least} to ${most}`)
  return [...wrong, ...findWrongValues(sent, profiles)]
}

/**
 * A client sets one value after the other: the last is the one that was acknowledged last, or one of those that were sent
 * without an answer, which may have been done at any time since.
 */
function findWrongValues(sent: readonly Sent[], profiles: Stored['profiles']): readonly string[] {
  const sets = sent.filter(({ operation }) => operation.kind === 'set')
  const changed = new Set(sets.map(({ operation }) => operation.profile ?? ''))
  return [...changed].flatMap((profile) => {
    const own = sets.filter(({ operation }) => operation.profile === profile)
    const unanswered = own.filter(({ attempts, isAcknowledged }) => attempts > 1 || !isAcknowledged)
    const latest = own.findLast(({ isAcknowledged }) => isAcknowledged)
    const allowed = [latest, ...unanswered].map((one) => one?.operation.value)
    const last = profiles.get(profile)?.['last']
    const isRight = allowed.includes(last === undefined ? undefined : Number(last))
    return isRight ? [] : [`${profile}: last is ${String(last)}, and may be ${allowed.join(', ')}`]
  })
}

function listOf(properties: Properties | undefined): readonly unknown[] {
  const list = properties?.['ops']
  return Array.isArray(list) ? list : []
}

async function readAll(url: string, { simplified, original }: Projects): Promise<Stored> {
  const events = new Map<string, { count: number; user: string }>()
  const counted = new Map<string, number>()
  const different = new Map<string, number>()
  for (const project of [simplified, original]) {
    for (const line of await readLines(url, project, 'export/events')) {
      const { event, properties } = line as { event: string; properties: Properties }
      const insertId = String(properties['$insert_id'])
      const known = events.get(insertId)
      if (known === undefined) different.set(event, (different.get(event) ?? 0) + 1)
      events.set(insertId, {
        count: (known?.count ?? 0) + 1,
        user: known?.user ?? String(properties['distinct_id']),
      })
    }
  }
  for (const event of different.keys()) {
    const project = ['Anonymous', '$identify'].includes(event) ? original : simplified
    counted.set(event, await countEvents(url, project, event))
  }
  const profiles = new Map<string, Properties>()
  for (const line of await readLines(url, simplified, 'export/profiles')) {
    const { $distinct_id, $properties } = line as { $distinct_id: string; $properties: Properties }
    profiles.set($distinct_id, $properties)
  }
  return { events, counted, different, profiles, groups: await readGroups(url, simplified) }
}

async function readLines(url: string, { token }: Project, what: string): Promise<readonly unknown[]> {
  const answer = await fetch(`${url}/_twin/projects/${token}/${what}`)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${text}`)
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]))
}

async function query<Answer>(url: string, { secret }: Project, path: string): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${secret}:`).toString('base64')}`
  const answer = await fetch(`${url}/api/query/${path}`, { headers: { authorization } })
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Answer
}

async function countEvents(url: string, project: Project, event: string): Promise<number> {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const path = `segmentation?event=${encodeURIComponent(event)}&from_date=${day(-1)}&to_date=${day(1)}`
  const { data } = await query<{ data: { values: Record<string, Record<string, number>> } }>(
    url,
    project,
    path,
  )
  const days = Object.values(data.values[event] ?? {})
  return days.reduce((sum, count) => sum + count, 0)
}

async function readGroups(url: string, project: Project): Promise<ReadonlyMap<string, Properties>> {
  interface Page {
    readonly results: readonly { readonly $distinct_id: string; readonly $properties: Properties }[]
    readonly session_id: string
    readonly page_size: number
  }
  const groups = new Map<string, Properties>()
  let session = ''
  for (let page = 0; ; page++) {
    const asked = `engage?data_group_id=1&page=${page}&session_id=${session}`
    const { results, session_id, page_size } = await query<Page>(url, project, asked)
    for (const { $distinct_id, $properties } of results) groups.set($distinct_id, $properties)
    if (results.length < page_size) return groups
    session = session_id
  }
}

/** Creates the projects of a round. */
export async function makeProjects(url: string): Promise<Projects> {
  const make = async (body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/_twin/projects`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    if (answer.status !== 201) throw new Error(`no project: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Project
  }
  return {
    simplified: await make({ settings: { group_keys: [GROUP_KEY] } }),
    original: await make({ id_management: 'original', settings: { canonical_policy: 'identified' } }),
  }
}
