import { askForToken, authorization } from '../api/client.ts'
import { listEvents, listVerdicts } from '../api/routes.ts'
import type { StoredEvent, Verdict } from '../api/types.ts'
import { readMessages, type StreamMessage } from './sse.ts'

/** Whether what happens is seen as it happens. */
export type Connection = 'connecting' | 'live' | 'lost'

/** Where a project's activity goes. */
export interface Sink {
  readonly add: (events: readonly StoredEvent[], verdicts: readonly Verdict[]) => void
  /** What was there before, in whatever order. */
  readonly addBacklog: Sink['add']
  /** Something else has changed: a link, a profile. */
  readonly touch: () => void
  readonly tell: (connection: Connection) => void
}

const PAGE_EVENTS = 1_000
const BACKLOG_PAGES = 10
const POLL_MS = 1_000
const RECONNECT_MS = 1_500
/** A server without a stream is not asked for it at every poll. */
const ASK_AGAIN_AFTER_POLLS = 60

/** Follows a project: what is there already, then what comes. Ends when `signal` is aborted. */
export async function follow(token: string, sink: Sink, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined
  let polls = 0
  let pages = BACKLOG_PAGES
  while (!signal.aborted) {
    const stream = polls > 0 ? 'absent' : await openStream(token, lastId, signal)
    polls = stream === 'absent' ? (polls + 1) % ASK_AGAIN_AFTER_POLLS : 0
    const hasBacklog = await readNewest(token, sink, pages, signal)
    if (hasBacklog) pages = 1
    sink.tell(hasBacklog && stream !== 'lost' ? 'live' : 'lost')
    if (stream === 'absent') await delay(POLL_MS, signal)
    else if (stream !== 'lost') lastId = await readStream(stream, sink, lastId)
    if (signal.aborted) return
    if (stream !== 'absent') {
      sink.tell('lost')
      await delay(RECONNECT_MS, signal)
    }
  }
}

/** Reads the newest events and verdicts, page by page up to a number of pages. True if it could. */
async function readNewest(token: string, sink: Sink, pages: number, signal: AbortSignal): Promise<boolean> {
  const [events, verdicts] = await Promise.all([
    readPages(pages, signal, async (query) => {
      const answer = await listEvents(token, query)
      if (answer.ok && !signal.aborted) sink.addBacklog(answer.value.events, [])
      return answer.ok ? answer.value.next : undefined
    }),
    readPages(pages, signal, async (query) => {
      const answer = await listVerdicts(token, query)
      if (answer.ok && !signal.aborted) sink.addBacklog([], answer.value.verdicts)
      return answer.ok ? answer.value.next : undefined
    }),
  ])
  return events && verdicts
}

type ReadPage = (query: Readonly<Record<string, string | number>>) => Promise<string | null | undefined>

/** Reads pages by their cursors: null ends them, undefined is a failure. */
async function readPages(pages: number, signal: AbortSignal, read: ReadPage): Promise<boolean> {
  let cursor: Readonly<Record<string, string>> = {}
  for (let page = 0; page < pages && !signal.aborted; page += 1) {
    const next = await read({ order: 'newest', limit: PAGE_EVENTS, ...cursor })
    if (next === undefined) return false
    if (next === null) return true
    cursor = { after: next }
  }
  return true
}

type Opened = ReadableStream<Uint8Array<ArrayBuffer>>

async function openStream(
  token: string,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<Opened | 'absent' | 'lost'> {
  const resume: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
  const headers = { accept: 'text/event-stream', ...authorization(), ...resume }
  try {
    const response = await fetch(`/_twin/projects/${encodeURIComponent(token)}/stream`, { headers, signal })
    if (response.status === 401) askForToken()
    if (response.status === 404) return 'absent'
    return response.ok && response.body !== null ? response.body : 'lost'
  } catch {
    return 'lost'
  }
}

/** Hands on what the stream brings until it ends. Returns the id to resume after. */
async function readStream(
  stream: Opened,
  sink: Sink,
  before: string | undefined,
): Promise<string | undefined> {
  let lastId = before
  const read = readMessages()
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return lastId
      for (const message of read(decoder.decode(value, { stream: true }))) {
        lastId = message.id ?? lastId
        deliver(message, sink)
      }
    }
  } catch {
    return lastId
  }
}

function deliver({ event, data }: StreamMessage, sink: Sink): void {
  if (event === 'event') sink.add([JSON.parse(data)], [])
  else if (event === 'verdict') sink.add([], [JSON.parse(data)])
  else sink.touch()
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
