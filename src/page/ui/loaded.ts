import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Answer } from '../api/client.ts'

/** A number that goes up every so many ms. */
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

/** After an answer the next question waits for this long at least, and for longer where answers take long; in ms. */
const REST_MS = 200
const REST_SHARE = 3
/** Where the server has not answered it is asked again after this; in ms. */
const RETRY_MS = 2_000

/**
 * What the API answers, read again whenever `key` or `pulse` changes, one question at a time; undefined until it is
 * known. An answer that says the same as the one before stays the same object. Of another key nothing is shown while
 * it is asked for.
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
        // What was read stays while nobody answers: it says above the view that it may be old.
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
    // The effect above asks the first time.
    if (!isFirst.current) again.current()
    isFirst.current = false
  }, [pulse])
  return shown.value?.key === key ? shown.value.answer : undefined
}

/** True where there was no answer at all. */
function isLost(answer: Answer<unknown>): boolean {
  return !answer.ok && answer.error.status === 0
}

/** Asks now, and again when it is told to: however often that is, one question at a time and with rests between. */
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
