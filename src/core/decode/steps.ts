/**
 * Work that stops now and then, so that whoever runs it can let others have their turn. Between two stops it takes some
 * ten milliseconds at most, whatever it works on.
 */
export type Steps<T> = Generator<undefined, T>

/** Bytes that are looked at between two stops. */
export const STEP_BYTES = 2_097_152

/** The results of `make` for each item, in order, with a stop behind each. */
export function* mapInSteps<T, R>(items: readonly T[], make: (item: T, index: number) => R): Steps<R[]> {
  const made: R[] = []
  for (const [index, item] of items.entries()) {
    made.push(make(item, index))
    yield
  }
  return made
}

/** Runs all steps at once. Out: their result. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
