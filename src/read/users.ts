import { shownAsOf } from '../core/identity/propagation.ts'
import { refusedPair } from '../core/identity/refused-pair.ts'
import { type Role, roleOf } from '../core/identity/role.ts'
import { summarise, type ToldVerdict } from '../core/identity/summary.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { SEVERITIES } from '../core/verdict/entry.ts'
import type { Db } from '../store/db.ts'
import type { LinkRow } from '../store/links.ts'
import { type PendingRow, readPending } from '../store/pending-merges.ts'
import {
  findCanonical,
  type MemberRow,
  readEventStats,
  readLinks,
  readMembers,
  readProfile,
  readSeparateEvents,
} from '../store/users.ts'
import { readProblems, readVerdicts, type VerdictRow } from '../store/verdicts.ts'
import { resolveDue, showVerdict } from './verdicts.ts'

/** Reasons why two ids were not joined; a graph shows them as dashed edges. */
const REFUSALS = [
  'identity.identify_noop',
  'identity.no_event_after_identify',
  'identity.alias_noop_simplified',
  'identity.merge_not_on_track',
  'identity.verb_rejected_simplified',
  'identity.device_already_assigned',
  'identity.dual_id_inert',
  'identity.anon_not_guid',
  'identity.anon_already_identified',
  'identity.cluster_full',
  'identity.same_ids',
  'identity.alias_exists',
  'identity.verb_incomplete',
  'identity.alias_ignored_legacy',
] as const
const MAX_REFUSED = 100

/** An id of a user, and the link that added it; null for the canonical id. */
interface ShownId {
  readonly id: string
  readonly role: Role
  readonly linked_at: string | null
  readonly linked_by: { readonly event: string; readonly insert_id: string; readonly rule: string } | null
}

/**
 * A user, by any of its ids: its ids, links, refused links and number of events. Undefined for an id that was never
 * seen.
 */
export async function showUser(project: Project, distinctId: string, nowMs: number, db: Db) {
  const asked = toStorable(distinctId)
  await resolveDue(project, nowMs, db)
  const canonical = await findCanonical(db, project, asked)
  const members = withCanonical(await readMembers(db, project, canonical), canonical)
  const ids = members.map((member) => member.distinctId)
  const links = await readLinks(db, project, ids)
  const events = await readEventStats(db, project, canonical)
  const newest = { project, codes: REFUSALS, distinctId: canonical, isNewestFirst: true }
  const refused = (await readVerdicts(db, newest, MAX_REFUSED)).toReversed()
  const problems = await readProblems(db, project, canonical)
  const profile = await readProfile(db, project, canonical)
  const pending = await readPending(db, project.id, [canonical], shownAsOf(project, nowMs))
  const isKnown = members.length > 1 || members[0]?.isSeen === true || events.count > 0 || profile !== null
  if (!isKnown && refused.length === 0) return undefined
  // Events stored under an alias before it became one stay under the alias.
  const isLegacy = project.idManagement === 'legacy'
  const separate = isLegacy ? await readSeparateEvents(db, project, ids.slice(1)) : undefined
  return {
    distinct_id: canonical,
    summary: summarise({
      mode: project.idManagement,
      canonical,
      ids,
      lastLink: links.at(-1),
      told: toTold(project, [...problems.map((problem) => problem.newest), ...refused]),
      events: events.count,
      separate: separate ?? [],
    }),
    ...showPending(project, pending),
    distinct_ids: members.map((member) => {
      const memberRows = pending.filter((row) => row.distinctId === member.distinctId)
      const isPending = showPending(project, memberRows, memberRows[0]?.canonical)
      return { ...showId(project, member, canonical, links), ...isPending }
    }),
    profile,
    events: {
      count: events.count,
      ...(events.hasMore && { has_more: true }),
      first: isoTime(events.firstMs),
      last: isoTime(events.lastMs),
    },
    merges: links.map((link) => {
      // The absorbed id was the canonical id of a separate user until the merge.
      const linkRows = pending.filter(
        (row) => row.distinctId === link.absorbed && row.canonical === link.absorbed,
      )
      return { ...showLink(link), ...showPending(project, linkRows) }
    }),
    refused: refused.map((row) => showRefused(project, row)),
    problems: problems.map((problem) => ({ count: problem.count, newest: showVerdict(problem.newest) })),
    ...(separate && { separate }),
  }
}

/** Verdicts for the summary, most severe first, then newest. */
function toTold(project: Project, rows: readonly VerdictRow[]): readonly ToldVerdict[] {
  const rank = (row: VerdictRow) => SEVERITIES.indexOf(row.severity)
  const sorted = rows.toSorted((a, b) => rank(a) - rank(b) || Number(BigInt(b.seq) - BigInt(a.seq)))
  return sorted.map(({ code, values, record }) => ({ code, values, pair: pairOf(project, record) }))
}

/** A refused link as the API shows it, with the two ids if the record names them. */
function showRefused(project: Project, row: VerdictRow) {
  const between = pairOf(project, row.record)
  return { ...showVerdict(row), ...(between && { between }) }
}

function pairOf({ idManagement }: Project, record: string | null) {
  return record === null ? undefined : refusedPair(idManagement, JSON.parse(record))
}

/** When queries will show all of these merges (the newest comes last); nothing if they do already. */
export function showPending({ settings }: Project, rows: readonly PendingRow[], shownAs?: string) {
  const last = rows.at(-1)
  if (last === undefined) return {}
  const visibleAtMs = last.atMs + settings.identity_propagation_ms
  const visible_at = new Date(visibleAtMs).toISOString()
  return { pending: { ...(shownAs !== undefined && { shown_as: shownAs }), visible_at } }
}

interface Member extends MemberRow {
  /** The store has a row for it. */
  readonly isSeen: boolean
}

/** The members with the canonical id first, whether or not the store has a row for it. */
function withCanonical(rows: readonly MemberRow[], canonical: string): readonly Member[] {
  const canonicalRow = rows.find((row) => row.distinctId === canonical)
  const first = canonicalRow ?? { distinctId: canonical, isAlias: false, isIdentified: false }
  const others = rows.filter((row) => row !== canonicalRow).map((row) => ({ ...row, isSeen: true }))
  return [{ ...first, isSeen: canonicalRow !== undefined }, ...others]
}

function showId(project: Project, member: Member, canonical: string, links: readonly LinkRow[]): ShownId {
  const { distinctId } = member
  const isCanonical = distinctId === canonical
  const link = links.find(({ from, to }) => from === distinctId || to === distinctId)
  const linked = isCanonical || link === undefined ? null : link
  return {
    id: distinctId,
    role: roleOf(project.idManagement, { ...member, isCanonical }),
    linked_at: linked === null ? null : new Date(linked.atMs).toISOString(),
    linked_by: linked && { event: linked.event, insert_id: linked.insertId, rule: linked.rule },
  }
}

/** A link as the API shows it. */
export function showLink(link: LinkRow) {
  const { from, to, canonical, absorbed, event, insertId, rule, atMs } = link
  return { at: new Date(atMs).toISOString(), event, insert_id: insertId, rule, from, to, canonical, absorbed }
}

export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
