import { setTimeout as sleep } from 'node:timers/promises'
import type { Project } from '../../core/project.ts'
import { ARRIVALS, type ArrivalKind, type Numbers } from '../../store/arrivals.ts'
import { readErrorKindOf } from '../error-kind.ts'
import { BEGINNING, furthest, isSame, isWithin, writeCursor } from './cursor.ts'
import { isWanted, type StreamQuery } from './filter.ts'
import type { StreamPage } from './page.ts'
import type { View, Watcher } from './watcher.ts'

/** How soon a client should reconnect, in ms. */
const RETRY_MS = 1_000
/** Delay after an error of the database. */
const ASK_AGAIN_MS = 500
const EVERYTHING: ReadonlySet<ArrivalKind> = new Set(ARRIVALS)
const NOTHING: ReadonlySet<ArrivalKind> = new Set()

/** The position of a client. */
interface Place {
  readonly records: number
  readonly numbers: Numbers
}

/**
 * The messages of a project for one client, as text in pieces, until the project is gone or `signal` is aborted. A
 * piece is made when the one before has been taken, so a slow reader has nothing queued here. The first piece comes
 * when everything committed from then on will be sent; there is none if the server is closing.
 */
export async function* follow(
  project: Project,
  query: StreamQuery,
  watcher: Watcher,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { publicId } = project
  try {
    const first = await watcher.enter(publicId)
    if (first === undefined) return
    let place = await placeOf(project, query, first, watcher, signal)
    let beats = watcher.beats
    yield `retry: ${RETRY_MS}\nid: ${writeCursor(place.records, place.numbers)}\n\n`
    while (!signal.aborted) {
      const step = await takeStep(place, query, watcher.view(first), publicId, watcher)
      if (step === 'gone') {
        yield message('deleted', place)
        return
      }
      if (step === 'away') {
        await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined)
        continue
      }
      if (step !== 'none') {
        place = step.place
        if (step.text === '') continue
        beats = watcher.beats
        yield step.text
        continue
      }
      if (watcher.beats !== beats) {
        beats = watcher.beats
        // Includes the id, so that messages that the filter left out are not searched again.
        yield `: nothing new\nid: ${writeCursor(place.records, place.numbers)}\n\n`
      }
      await watcher.change(signal)
    }
  } finally {
    watcher.leave(publicId)
  }
}

/** Where a client starts: after the message that it names, or else after the newest one. */
async function placeOf(
  project: Project,
  { after }: StreamQuery,
  first: View,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Place> {
  if (after !== undefined) return { records: after.records ?? project.id, numbers: after.numbers }
  // Waits for the transactions open at the first poll: their records are either there by then, or will be sent.
  let view = first
  while (!isWithin(first.last, view.stable) && !signal.aborted) {
    await watcher.change(signal)
    view = watcher.view(first)
  }
  return { records: view.projects.get(project.publicId)?.id ?? project.id, numbers: view.stable }
}

type Step = { readonly place: Place; readonly text: string } | 'none' | 'gone' | 'away'

/**
 * Advances from a place by one page at most. Out: `none` if there is nothing new, `away` if the database is
 * unavailable.
 */
async function takeStep(
  { records, numbers }: Place,
  query: StreamQuery,
  view: View,
  publicId: number,
  watcher: Watcher,
): Promise<Step> {
  const project = view.projects.get(publicId)
  if (project === undefined) return 'gone'
  // A number that was never given is from before a reset, or from another database.
  if (records !== project.id || !isWithin(numbers, view.last)) {
    const place = { records: project.id, numbers: BEGINNING }
    return { place, text: message('reset', place) }
  }
  const upTo = furthest(numbers, view.stable)
  if (isSame(numbers, upTo)) return 'none'
  const fresh = isSame(numbers, view.before) ? (view.news.get(records) ?? NOTHING) : EVERYTHING
  const kinds = new Set([...fresh].filter((kind) => query.kinds.has(kind)))
  if (kinds.size === 0) return { place: { records, numbers: upTo }, text: '' }
  const page = await readPage(() => watcher.page({ project, from: numbers, upTo, kinds }))
  if (page === undefined) return 'away'
  const wanted = page.messages.filter((entry) => isWanted(query, entry))
  return { place: { records, numbers: page.next }, text: wanted.map(({ text }) => text).join('') }
}

/** Undefined if the database is unavailable; the page is read later. */
async function readPage(read: () => Promise<StreamPage>): Promise<StreamPage | undefined> {
  try {
    return await read()
  } catch (error) {
    if (readErrorKindOf(error) !== undefined) return undefined
    throw error
  }
}

function message(kind: 'reset' | 'deleted', { records, numbers }: Place): string {
  return `event: ${kind}\nid: ${writeCursor(records, numbers)}\ndata: {}\n\n`
}
