import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ServerProcesses } from '../support/server-process.ts'

// src/start.js runs on whatever Node the machine has, where the one of the install is missing.

const servers = new ServerProcesses()
afterEach(() => servers.clean())

const packageJson = new URL('../../package.json', import.meta.url)
const { engines } = JSON.parse(readFileSync(packageJson, 'utf8')) as { engines: { node: string } }
const needed = /^>=(\d+\.\d+)\.0$/.exec(engines.node)?.[1] ?? 'a version that the sentence can name'

/** Makes Node say that it is another version, before anything else is run. */
const pretend = (version: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
  )}`

const refusal = (version: string): string =>
  `Twinpanel needs Node ${needed} or later; this is Node ${version}. npm ci installs a suitable Node in ` +
  'node_modules, and npm start uses it; or install a newer Node.\n'

/** A Node of this machine that is too old, and its version. */
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
  it.each(['12.22.12', '20.20.2', '21.7.3', '22.17.1'])('%s is told what is needed', async (version) => {
    const server = servers.run(process.execPath, [pretend(version), 'src/start.js'], {})
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout() + server.stderr()).toBe(refusal(version))
  })

  it.each(['22.18.0', '23.0.0', '24.0.0', '100.0.0'])('%s is none', async (version) => {
    const server = servers.run(process.execPath, [pretend(version), 'src/start.js'], { PORT: 'http' })
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stderr()).toMatch(/^PORT is "http": /)
  })

  it.runIf(oldNode !== undefined)('of this machine reads the file to its end', async () => {
    const server = servers.run(oldNode?.path ?? '', ['src/start.js'], {})
    expect(await server.ended).toEqual({ code: 78, signal: null })
    expect(server.stdout() + server.stderr()).toBe(refusal(oldNode?.version ?? ''))
  })
})
