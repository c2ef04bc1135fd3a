/** The width where there is no terminal. */
export const DEFAULT_WIDTH = 120

/** Writes to standard output. Resolves when it is written, or when nobody reads any more. */
export function print(text: string): Promise<void> {
  return new Promise((done) => process.stdout.write(text, () => done()))
}
