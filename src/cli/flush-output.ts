/**
 * Resolves once what was written to standard output and standard error has been taken, or nobody reads it any more: a
 * process that ends before loses what a slow reader of a pipe has not taken.
 */
export async function flushOutput(): Promise<void> {
  const streams = [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0)
  await Promise.all(
    streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
  )
}
