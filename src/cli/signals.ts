/** The signals that ask a process to end. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const parentCheckMs = 200

export type EndingSignal = (typeof ENDING)[number]

/** Calls `onSignal` for each signal that asks this process to end, in place of ending it. */
export function onEndingSignals(onSignal: (signal: EndingSignal) => void): void {
  for (const signal of ENDING) process.on(signal, () => onSignal(signal))
}

/**
 * npm passes a SIGTERM on to the shell that runs this process, and some shells (dash) die without passing it on. So a
 * process started by npm stops when its parent is gone.
 */
export function onNpmGone(npmEvent: string | undefined, stop: () => void): void {
  if (npmEvent === undefined) return
  const parent = process.ppid
  const check = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(check)
    stop()
  }, parentCheckMs)
  check.unref()
}
