/**
 * Work that yields regularly, so that its caller can let other requests run. Between two yields it takes about ten
 * milliseconds at most, whatever the input.
 */
export type Steps<T> = Generator<undefined, T>

/** Bytes processed between two yields. */
export const STEP_BYTES = 2_097_152

/** Maps the items in order, and yields after each. */
export function* mapInSteps<T, R>(items: readonly T[], make: (item: T, index: number) => R): Steps<R[]> {
  const made: R[] = []
  // Not by entries(), which makes two objects for each item in a generator.
  let index = 0
  for (const item of items) {
    made.push(make(item, index++))
    yield
  }
  return made
}

/** Runs all steps without a pause and returns their result. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
