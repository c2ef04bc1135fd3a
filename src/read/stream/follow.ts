import { setTimeout as sleep } from 'node:timers/promises'
import type { Project } from '../../core/project.ts'
import { ARRIVALS, type ArrivalKind, type Numbers } from '../../store/arrivals.ts'
import { readErrorKindOf } from '../failure.ts'
import { BEGINNING, furthest, isSame, isWithin, writeCursor } from './cursor.ts'
import { isWanted, type StreamQuery } from './filter.ts'
import type { StreamPage } from './page.ts'
import type { View, Watcher } from './watcher.ts'

/** How soon a client should come back, in ms, when the connection breaks. */
const RETRY_MS = 1_000
/** When the database did not answer. */
const ASK_AGAIN_MS = 500
const EVERYTHING: ReadonlySet<ArrivalKind> = new Set(ARRIVALS)
const NOTHING: ReadonlySet<ArrivalKind> = new Set()

/** Where a client stands. */
interface Place {
  readonly records: number
  readonly numbers: Numbers
}

/**
 * What a client is to be told of a project, as text in pieces, for as long as the project is there and `signal` is not
 * aborted. A piece is made when the one before has been taken: whoever reads slowly has nothing waiting here. The first
 * piece comes when everything that is committed from then on will be told; there is none when the server is closing.
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
        // The id too: what was not wanted need not be looked through again.
        yield `: nothing new\nid: ${writeCursor(place.records, place.numbers)}\n\n`
      }
      await watcher.change(signal)
    }
  } finally {
    watcher.leave(publicId)
  }
}

/** Where a client begins: after the message that it names, else after what is there already. */
async function placeOf(
  project: Project,
  { after }: StreamQuery,
  first: View,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Place> {
  if (after !== undefined) return { records: after.records ?? project.id, numbers: after.numbers }
  // What was under way at the first look is waited for: it is there, or is told.
  let view = first
  while (!isWithin(first.last, view.settled) && !signal.aborted) {
    await watcher.change(signal)
    view = watcher.view(first)
  }
  return { records: view.projects.get(project.publicId)?.id ?? project.id, numbers: view.settled }
}

type Step = { readonly place: Place; readonly text: string } | 'none' | 'gone' | 'away'

/** Goes on from a place as far as one page. Out: `none` where there is nothing to go to, `away` where the database is. */
async function takeStep(
  { records, numbers }: Place,
  query: StreamQuery,
  view: View,
  publicId: number,
  watcher: Watcher,
): Promise<Step> {
  const project = view.projects.get(publicId)
  if (project === undefined) return 'gone'
  // A number that was never given is from another time: before a reset, or of a database that is gone.
  if (records !== project.id || !isWithin(numbers, view.last)) {
    const place = { records: project.id, numbers: BEGINNING }
    return { place, text: message('reset', place) }
  }
  const upTo = furthest(numbers, view.settled)
  if (isSame(numbers, upTo)) return 'none'
  const fresh = isSame(numbers, view.before) ? (view.news.get(records) ?? NOTHING) : EVERYTHING
  const kinds = new Set([...fresh].filter((kind) => query.kinds.has(kind)))
  if (kinds.size === 0) return { place: { records, numbers: upTo }, text: '' }
  const page = await readPage(() => watcher.page({ project, from: numbers, upTo, kinds }))
  if (page === undefined) return 'away'
  const wanted = page.messages.filter((own) => isWanted(query, own))
  return { place: { records, numbers: page.next }, text: wanted.map(({ text }) => text).join('') }
}

/** Undefined while the database does not answer: what was not read is read when it does. */
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
