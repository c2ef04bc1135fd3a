import type { Params } from '../../core/decode/params.ts'
import { toStorable } from '../../core/normalise/text.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { ARRIVALS, type ArrivalKind } from '../../store/arrivals.ts'
import { type Cursor, parseCursor } from './cursor.ts'

/** The parts of a message that filters check. */
export interface Subject {
  readonly kind: ArrivalKind
  /** The name of the event, of the record that a verdict is on, or of the event that made a link. */
  readonly event: string | undefined
  readonly ids: readonly string[]
  readonly code: string | undefined
}

/** The messages that a client wants, and where it continues. */
export interface StreamQuery {
  readonly after: Cursor | undefined
  readonly kinds: ReadonlySet<ArrivalKind>
  readonly event: string | undefined
  readonly distinctId: string | undefined
  readonly code: string | undefined
}

/**
 * Reads the parameters of `GET …/stream`. In: also the header Last-Event-ID, which takes precedence, since a client
 * that reconnects requests the same URL again. Errors are the sentence to answer with.
 */
export function parseStreamQuery(
  params: Params,
  lastEventId: string | undefined,
): Result<StreamQuery, string> {
  const after = parseCursor(lastEventId ?? params.get('last_event_id'))
  if (!after.ok) return after
  const named = params.get('types')?.split(',') ?? ARRIVALS
  const kinds = new Set(ARRIVALS.filter((kind) => named.includes(kind)))
  if (kinds.size !== new Set(named).size) return err(`types must be some of ${ARRIVALS.join(',')}.`)
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const event = params.get('event')
  const distinctId = params.get('distinct_id')
  return ok({
    after: after.value,
    kinds,
    event: event === undefined ? undefined : toStorable(event),
    distinctId: distinctId === undefined ? undefined : toStorable(distinctId),
    code,
  })
}

export function isWanted({ kinds, event, distinctId, code }: StreamQuery, subject: Subject): boolean {
  return (
    kinds.has(subject.kind) &&
    (event === undefined || subject.event === event) &&
    (distinctId === undefined || subject.ids.includes(distinctId)) &&
    (code === undefined || subject.code === code)
  )
}
