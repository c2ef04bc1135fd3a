import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Answer } from '../api/client.ts'

/** A counter that increases every so many ms. */
export function useBeat(everyMs: number): number {
  const beats = useSignal(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) beats.value += 1
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return beats.value
}

/** The minimum pause between an answer and the next request, in ms; longer if answers are slow. */
const REST_MS = 200
const REST_SHARE = 3
/** The delay after a request without an answer, in ms. */
const RETRY_MS = 2_000

/**
 * The answer of the API, loaded again whenever `key` or `pulse` changes, one request at a time; undefined until it is
 * there. An answer equal to the previous one keeps the same object. While another key is loading, the result is
 * undefined.
 */
export function useLoaded<T>(
  key: string,
  pulse: number | string,
  load: () => Promise<Answer<T>>,
): Answer<T> | undefined {
  const shown = useSignal<{ readonly key: string; readonly answer: Answer<T> } | undefined>(undefined)
  const latest = useRef(load)
  latest.current = load
  const again = useRef(() => {})
  useEffect(() => {
    const stop = repeat(
      () => latest.current(),
      (answer) => {
        const known = shown.value
        // The last answer stays while the server is unreachable; the page says that it may be outdated.
        if (isLost(answer) && known?.key === key && known.answer.ok) return
        const isSame = known?.key === key && JSON.stringify(known.answer) === JSON.stringify(answer)
        if (!isSame) shown.value = { key, answer }
      },
    )
    again.current = stop.again
    return stop.end
  }, [key])
  const isFirst = useRef(true)
  useEffect(() => {
    // The effect above makes the first request.
    if (!isFirst.current) again.current()
    isFirst.current = false
  }, [pulse])
  return shown.value?.key === key ? shown.value.answer : undefined
}

/** True if there was no answer at all. */
function isLost(answer: Answer<unknown>): boolean {
  return !answer.ok && answer.error.status === 0
}

/** Loads now, and again when triggered: one request at a time with pauses between, however often it is triggered. */
function repeat<T>(load: () => Promise<Answer<T>>, show: (answer: Answer<T>) => void) {
  let isWanted = true
  let isAsking = false
  let isAgain = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = async () => {
    isAsking = true
    isAgain = false
    const from = performance.now()
    const answer = await load()
    if (!isWanted) return
    show(answer)
    const rest = Math.max(REST_MS, REST_SHARE * (performance.now() - from))
    timer = setTimeout(
      () => {
        isAsking = false
        if (isAgain || isLost(answer)) void ask()
      },
      isLost(answer) ? RETRY_MS : rest,
    )
  }
  void ask()
  return {
    again: () => {
      isAgain = true
      if (!isAsking) void ask()
    },
    end: () => {
      isWanted = false
      clearTimeout(timer)
    },
  }
}
