import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
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

/**
 * What the API answers, read again whenever `key` or `pulse` changes; undefined until it is known. An answer that
 * says the same as the one before stays the same object. Of another key nothing is shown while it is asked for.
 */
export function useLoaded<T>(
  key: string,
  pulse: number | string,
  load: () => Promise<Answer<T>>,
): Answer<T> | undefined {
  const shown = useSignal<{ readonly key: string; readonly answer: Answer<T> } | undefined>(undefined)
  useEffect(() => {
    let isWanted = true
    void load().then((answer) => {
      const known = shown.value
      const isSame = known?.key === key && JSON.stringify(known.answer) === JSON.stringify(answer)
      if (isWanted && !isSame) shown.value = { key, answer }
    })
    return () => {
      isWanted = false
    }
  }, [key, pulse])
  return shown.value?.key === key ? shown.value.answer : undefined
}
