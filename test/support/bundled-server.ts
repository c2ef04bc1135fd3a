import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle, inRoot } from '../../build/bundle.ts'

const MAIN = 'src/main.ts'
/** A bundle knows its checkout, and several may share node_modules. */
const CHECKOUT = createHash('sha256').update(inRoot('')).digest('hex').slice(0, 8)
const DIRECTORY = inRoot(`node_modules/.cache/twinpanel/bundled-server-${CHECKOUT}`)

/**
 * Bundles the server as the package is bundled, for the tests that start it some hundred times: without loading a
 * thousand modules, a start takes two thirds of the processor time. server-process.ts reads the variable.
 */
export async function setup(): Promise<void> {
  process.env['TEST_SERVER_MAIN'] ??= await bundleServer()
}

/** Out: the path of the program. */
async function bundleServer(): Promise<string> {
  const { output } = await bundle(
    { main: MAIN },
    { format: 'esm' },
    // It finds its files, such as migrations, as if it had not been moved.
    {
      write: false,
      transform: { define: { 'import.meta.url': JSON.stringify(pathToFileURL(inRoot(MAIN))) } },
    },
  )
  await mkdir(DIRECTORY, { recursive: true })
  for (const file of output) {
    await writeChanged(join(DIRECTORY, file.fileName), file.type === 'chunk' ? file.code : file.source)
  }
  return join(DIRECTORY, 'main.js')
}

/** Leaves alone what is as it was: servers of another run may be reading it. */
async function writeChanged(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(content)
  const found = await readFile(path).catch(() => undefined)
  if (found?.equals(bytes) === true) return
  const draft = `${path}.${process.pid}`
  await writeFile(draft, bytes)
  await rename(draft, path)
}
