import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ServerProcesses } from '../support/server-process.ts'

const servers = new ServerProcesses()
afterEach(() => servers.clean())

/** Runs on whatever Node the machine has, where the one of the install is missing. */
const sources = {
  file: 'src/start.js',
  refusal: (version: string) =>
    `Twinpanel needs Node 22.18 or later to run from its sources; this is Node ${version}. npm ci installs a suitable ` +
    'Node in node_modules, and npm start uses it; or install a newer Node.\n',
}
/** The command of the package. */
const built = {
  file: 'src/bin.js',
  refusal: (version: string) =>
    `Twinpanel needs Node 20.12 or later; this is Node ${version}. Install a newer Node.\n`,
}

/** Makes Node say that it is another version, before anything else is run. */
const pretend = (version: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
  )}`

/** A Node of this machine that cannot run the sources, and its version. */
function findOldNode(): { readonly path: string; readonly version: string } | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'))
  return paths
    .filter((path) => existsSync(path))
    .map((path) => ({
      path,
      version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1),
    }))
    .find(({ version }) => Number.parseInt(version, 10) < 22)
}
const oldNode = findOldNode()

describe('a Node that is too old', () => {
  it.each([
    [sources, '12.22.12'],
    [sources, '20.20.2'],
    [sources, '21.7.3'],
    [sources, '22.17.1'],
    [built, '12.22.12'],
    [built, '18.20.8'],
    [built, '20.11.1'],
  ])('is told what is needed: $file, %s', async ({ file, refusal }, version) => {
    const server = servers.run(process.execPath, [pretend(version), file], {})
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout() + server.stderr()).toBe(refusal(version))
  })

  it.each([
    [sources, '22.18.0'],
    [sources, '23.0.0'],
    [sources, '24.0.0'],
    [sources, '100.0.0'],
    [built, '20.12.0'],
    [built, '22.0.0'],
  ])('is not refused: $file, %s', async ({ file }, version) => {
    const server = servers.run(process.execPath, [pretend(version), file], { PORT: 'http' })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stderr()).toMatch(/^PORT is "http": /)
  })

  it.runIf(oldNode !== undefined)('of this machine reads the file to its end', async () => {
    const server = servers.run(oldNode?.path ?? '', [sources.file], {})
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout() + server.stderr()).toBe(sources.refusal(oldNode?.version ?? ''))
  })

  it('is told the version that package.json asks for', () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const { engines } = JSON.parse(text) as { engines: { node: string } }
    expect(engines.node).toBe('>=20.12.0')
  })
})
