import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { findUsers } from '../store/find-users.ts'
import { readUserPage, type UserPage } from '../store/list-users.ts'
import { readPending } from '../store/pending-merges.ts'
import { FIRST_PLACE, readSeenPage, type SeenPlace } from '../store/seen-users.ts'
import { parseLimit } from './limit.ts'
import { USER_ORDER } from './order.ts'
import { isoTime, showPending } from './users.ts'

/** Maximum characters of a search: the longest id. */
const MAX_SEARCH_CHARS = 255

/** Which users to list, and in which order. */
export interface UsersQuery {
  /** A part of an id, name, e-mail address or phone number; undefined for all users. */
  readonly search: string | undefined
  readonly isBySeen: boolean
  /** Undefined for the first page. */
  readonly after: SeenPlace | undefined
  readonly limit: number
}

/** Reads the parameters of `GET …/users`. Errors are the sentence to answer with. */
export function parseUsersQuery(params: Params): Result<UsersQuery, string> {
  const limit = parseLimit(params.get('limit'))
  if (!limit.ok) return limit
  const order = params.get('order') ?? USER_ORDER.default
  if (!USER_ORDER.enum.some((known) => known === order)) {
    return err(`order must be ${USER_ORDER.enum.join(' or ')}.`)
  }
  const isBySeen = order === 'last_seen'
  const after = parsePlace(params.get('after'), isBySeen)
  if (!after.ok) return after
  const search = toStorable(params.get('search') ?? '').trim()
  if (search.length > MAX_SEARCH_CHARS) return err(`search has at most ${MAX_SEARCH_CHARS} characters.`)
  return ok({ search: search === '' ? undefined : search, isBySeen, after: after.value, limit: limit.value })
}

function parsePlace(cursor: string | undefined, isBySeen: boolean): Result<SeenPlace | undefined, string> {
  if (cursor === undefined || cursor === '') return ok(undefined)
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, lastMs, seq, id = ''] =
    (isBySeen ? /^(?:(-?\d{1,16}) (\d{1,18})| (.*))$/s : /^()()(.*)$/s).exec(text) ?? []
  const place = lastMs && seq ? { lastMs: Number(lastMs), seq } : { id }
  const isOurs = cursorOf(place, isBySeen) === cursor && text === toStorable(text)
  return isOurs ? ok(place) : err('after must be a cursor that this route gave as next, for the same order.')
}

/** A cursor: `<last event> <seq>`, ` <id>`, or in the order of ids the id alone, in base64url. */
function cursorOf(place: SeenPlace, isBySeen: boolean): string {
  const seen = 'id' in place ? ` ${place.id}` : `${place.lastMs} ${place.seq}`
  return Buffer.from('id' in place && !isBySeen ? place.id : seen).toString('base64url')
}

/** A page of a project's users, and the cursor of the next page; null on the last. */
export async function showUsers(project: Project, query: UsersQuery, nowMs: number, db: Db) {
  const page = await readPage(project, query, db)
  const canonicals = page.users.map((user) => user.canonical)
  const pending = await readPending(db, project.id, canonicals, shownAsOf(project, nowMs))
  const users = page.users.map((user) => ({
    distinct_id: user.canonical,
    ...showPending(
      project,
      pending.filter((row) => row.user === user.canonical),
    ),
    distinct_ids: user.distinctIds,
    events: user.events,
    ...(user.hasMoreEvents && { has_more_events: true }),
    last_seen: isoTime(user.lastMs),
    ...(user.profile && { profile: user.profile }),
  }))
  return { users, next: page.next === undefined ? null : cursorOf(page.next, query.isBySeen) }
}

async function readPage(
  project: Project,
  { search, isBySeen, after, limit }: UsersQuery,
  db: Db,
): Promise<UserPage<SeenPlace>> {
  if (search !== undefined) return await findUsers(db, project, search, { isBySeen, after }, limit)
  if (isBySeen) return await readSeenPage(db, project, after ?? FIRST_PLACE, limit)
  const { users, next } = await readUserPage(
    db,
    project,
    after !== undefined && 'id' in after ? after.id : '',
    limit,
  )
  return { users, next: next === undefined ? undefined : { id: next } }
}
