import type { Project } from '../../core/project.ts'
import {
  ARRIVALS,
  type ArrivalKind,
  type ArrivalRange,
  firstPageOf,
  type Numbers,
  readLinksOf,
} from '../../store/arrivals.ts'
import type { Db } from '../../store/db.ts'
import { readArrivedEvents } from '../../store/read-events.ts'
import { readVerdicts } from '../../store/verdicts.ts'
import { showEvent } from '../events.ts'
import { showLink } from '../users.ts'
import { showVerdict } from '../verdicts.ts'
import { writeCursor } from './cursor.ts'
import type { Subject } from './filter.ts'

/** A message, and its subject. */
interface Message extends Subject {
  /** As it is sent. */
  readonly text: string
}

/** One page of a stream. */
export interface StreamPage {
  readonly messages: readonly Message[]
  /** Where the next page begins. */
  readonly next: Numbers
}

/** Which page: what a project received after `from` and up to `upTo`, of the kinds that may have something. */
export interface PageQuestion {
  readonly project: Project
  readonly from: Numbers
  readonly upTo: Numbers
  readonly kinds: ReadonlySet<ArrivalKind>
}

interface Arrived extends Subject {
  readonly seq: bigint
  readonly data: string
}

/**
 * Reads a page: events, links and verdicts, each kind by its number. The id of a message says how far all kinds have
 * been sent by then.
 */
export async function readStreamPage(
  db: Db,
  { project, from, upTo, kinds }: PageQuestion,
): Promise<StreamPage> {
  const messages: Message[] = []
  let sent = from
  for (const kind of ARRIVALS) {
    const range = { project, from: from[kind], upTo: upTo[kind] }
    const page = kinds.has(kind) ? await firstPageOf(db, kind, range) : { ...range, isEmpty: true }
    const arrived = page.isEmpty ? [] : await READ[kind](db, project, page)
    for (const { seq, data, ...subject } of arrived) {
      sent = { ...sent, [kind]: seq }
      const id = writeCursor(project.id, sent)
      messages.push({ ...subject, text: `event: ${kind}\nid: ${id}\ndata: ${data}\n\n` })
    }
    sent = { ...sent, [kind]: page.upTo }
  }
  return { messages, next: sent }
}

type Read = (db: Db, project: Project, range: ArrivalRange) => Promise<readonly Arrived[]>

const READ: Readonly<Record<ArrivalKind, Read>> = {
  event: async (db, project, range) => {
    const rows = await readArrivedEvents(db, range)
    return rows.map((row) => ({
      kind: 'event',
      seq: BigInt(row.position.seq),
      event: row.event,
      ids: [row.distinctId, row.canonicalId],
      code: undefined,
      data: showEvent(row, project.settings.api_endpoint),
    }))
  },
  link: async (db, _project, range) => {
    const rows = await readLinksOf(db, range)
    return rows.map((row) => ({
      kind: 'link',
      seq: BigInt(row.seq),
      event: row.event,
      ids: [row.from, row.to, row.canonical, row.absorbed],
      code: undefined,
      data: JSON.stringify(showLink(row)),
    }))
  },
  verdict: async (db, project, { from, upTo }) => {
    const filter = { project, after: String(from), upTo: String(upTo) }
    const rows = await readVerdicts(db, filter, MAX_VERDICTS)
    return rows.map((row) => {
      const shown = showVerdict(row)
      return {
        kind: 'verdict',
        seq: BigInt(row.seq),
        event: eventOf(shown.record),
        ids: row.ids,
        code: row.code,
        data: JSON.stringify(shown),
      }
    })
  },
}

/** More than a page has. */
const MAX_VERDICTS = 1_000

function eventOf(record: unknown): string | undefined {
  return isRecord(record) && typeof record.event === 'string' ? record.event : undefined
}

function isRecord(value: unknown): value is { readonly event?: unknown } {
  return typeof value === 'object' && value !== null
}
