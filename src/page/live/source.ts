import { authorization, refusedBy } from '../api/client.ts'
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
  /** The project was reset: nothing that was told is there any more. */
  readonly forget: () => void
  /** Something else has changed: a link. */
  readonly touch: () => void
  readonly setConnection: (connection: Connection) => void
}

const PAGE_EVENTS = 1_000
const BACKLOG_PAGES = 10
const RECONNECT_MS = 1_000
/** The server says something every 15 s: a connection that is silent for longer is none any more. */
const SILENCE_MS = 40_000

/** A link may change whose the events are that are shown already: several within this time are one change. */
const REREAD_AFTER_MS = 300

/** How far a project has been followed. */
interface Progress {
  lastId: string | undefined
  /** What was there at the beginning has been read. */
  hasBacklog: boolean
}

/**
 * Follows a project: what is there already, then what comes, once, whatever breaks in between. Ends when `signal` is
 * aborted. A page that is hidden holds no connection, since a browser has only six for all its tabs.
 */
export async function follow(token: string, sink: Sink, signal: AbortSignal): Promise<void> {
  const progress: Progress = { lastId: undefined, hasBacklog: false }
  while (!signal.aborted) {
    await untilShown(signal)
    const connection = new AbortController()
    const end = () => connection.abort()
    const endIfHidden = () => document.hidden && end()
    document.addEventListener('visibilitychange', endIfHidden)
    await readStream(token, progress, sink, { signal: AbortSignal.any([signal, connection.signal]), end })
    document.removeEventListener('visibilitychange', endIfHidden)
    end()
    if (signal.aborted || document.hidden) continue
    sink.setConnection('lost')
    await delay(RECONNECT_MS, signal)
  }
}

/** A connection: told from outside when it is over, and able to end itself. */
interface Line {
  readonly signal: AbortSignal
  readonly end: () => void
}

/** Opens the stream and hands on what it brings until it ends. Never throws. */
async function readStream(
  token: string,
  progress: Progress,
  sink: Sink,
  { signal, end }: Line,
): Promise<void> {
  const stream = await openStream(token, progress.lastId, signal)
  if (stream === undefined) return
  // Once the stream is open: what comes meanwhile is in both, and shown once.
  void readBacklog(token, progress, sink, signal).then((isRead) => {
    if (!isRead) end()
    else if (!signal.aborted) sink.setConnection('live')
  })
  let rereading: ReturnType<typeof setTimeout> | undefined
  const reread = () => {
    rereading ??= setTimeout(() => {
      rereading = undefined
      void readEvents(token, 1, sink, signal)
    }, REREAD_AFTER_MS)
  }
  const read = readMessages()
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  try {
    for (;;) {
      const silence = setTimeout(end, SILENCE_MS)
      const { done, value } = await reader.read().finally(() => clearTimeout(silence))
      if (done) return
      const messages = read(decoder.decode(value, { stream: true }))
      deliver(messages, progress, sink)
      if (messages.some(({ event }) => event === 'link')) reread()
    }
  } catch {
    // The connection is gone: whoever called opens another.
  } finally {
    clearTimeout(rereading)
  }
}

type Opened = ReadableStream<Uint8Array<ArrayBuffer>>

async function openStream(
  token: string,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<Opened | undefined> {
  const resume: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
  const headers = { accept: 'text/event-stream', ...authorization(), ...resume }
  try {
    const response = await fetch(`/_twin/projects/${encodeURIComponent(token)}/stream`, { headers, signal })
    if (response.ok) return response.body ?? undefined
    await refusedBy(response)
    return undefined
  } catch {
    return undefined
  }
}

/** Hands on messages, those of a kind together, and notes how far they go. */
function deliver(messages: readonly StreamMessage[], progress: Progress, sink: Sink): void {
  let events: StoredEvent[] = []
  let verdicts: Verdict[] = []
  for (const { event, data, id } of messages) {
    progress.lastId = id ?? progress.lastId
    if (data === undefined) continue
    if (event === 'event') events.push(JSON.parse(data))
    else if (event === 'verdict') verdicts.push(JSON.parse(data))
    else if (event === 'reset') {
      events = []
      verdicts = []
      sink.forget()
    } else sink.touch()
  }
  if (events.length > 0 || verdicts.length > 0) sink.add(events, verdicts)
}

/** Reads the newest events and verdicts, page by page, unless that is done. True if it could. */
async function readBacklog(
  token: string,
  progress: Progress,
  sink: Sink,
  signal: AbortSignal,
): Promise<boolean> {
  if (progress.hasBacklog) return true
  const [events, verdicts] = await Promise.all([
    readEvents(token, BACKLOG_PAGES, sink, signal),
    readPages(BACKLOG_PAGES, signal, async (query) => {
      const answer = await listVerdicts(token, query)
      if (answer.ok && !signal.aborted) sink.addBacklog([], answer.value.verdicts)
      return answer.ok ? answer.value.next : undefined
    }),
  ])
  progress.hasBacklog = events && verdicts && !signal.aborted
  return progress.hasBacklog
}

function readEvents(token: string, pages: number, sink: Sink, signal: AbortSignal): Promise<boolean> {
  return readPages(pages, signal, async (query) => {
    const answer = await listEvents(token, query)
    if (answer.ok && !signal.aborted) sink.addBacklog(answer.value.events, [])
    return answer.ok ? answer.value.next : undefined
  })
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

function untilShown(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener('visibilitychange', look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', look)
    look()
  })
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
