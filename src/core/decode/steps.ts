/**
 * Work that stops now and then, so that whoever runs it can let others have their turn. Between two stops it takes some
 * ten milliseconds at most, whatever it works on.
 */
export type Steps<T> = Generator<undefined, T>

/** Runs all steps at once. Out: their result. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
