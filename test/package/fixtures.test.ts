import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf, isOutput } from '../support/examples.ts'
import { until } from '../support/server-process.ts'
import { type Application, makeApplication } from './support/built-package.ts'
import { runIn } from './support/installed-package.ts'
import { findNodes } from './support/nodes.ts'

/* The examples of docs/testing.md in real test runners, with the built package: without a server, and without settings. */

let application: Application
let page = ''
beforeAll(async () => {
  page = await readFile(new URL('../../docs/testing.md', import.meta.url), 'utf8')
  application = await makeApplication('fixtures')
}, 240_000)
afterAll(() => application.remove())

/** The example that imports a module. */
function example(module: string): string {
  const blocks = [...blocksOf(page, 'ts'), ...blocksOf(page, 'js')]
  const found = blocks.find((block) => block.includes(`'${module}'`) && block.includes('mixpanel.track('))
  if (found === undefined) throw new Error(`docs/testing.md has no example with ${module}`)
  return found
}

/** The same, of an application that has tracked another plan. */
const broken = (text: string) => {
  const other = text.replace(`$user_id: 'charlie', plan: 'pro' })`, `$user_id: 'charlie', plan: 'free' })`)
  if (other === text) throw new Error('The example does not track the plan.')
  return other
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(application.directory, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

/** The text of a failure, from what a runner prints around it. */
function failureIn(output: string): string {
  const [lines = ''] = /^.*Expected 1 event[\s\S]*?See \S+/m.exec(output) ?? [output]
  return lines.replaceAll(/^ {4}(?=\S| {2}[-+])/gm, '').replace(/^.*?(?=Expected)/, '')
}

function expectTheDocumentedFailure(output: string): void {
  const shown = blocksOf(page, 'text').find((block) => block.includes('  - plan: "pro"')) ?? ''
  const documented = shown.trim().replace('http://127.0.0.1:4100', '…')
  expect(isOutput(documented, failureIn(output)), output).toBe(true)
}

/** Programs of the application that still run. */
function leftOver(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(application.directory))
}

async function expectNothingLeft(): Promise<void> {
  await until('the end of the server', () => leftOver().length === 0)
}

/** A program of a package of the repository, which applications find, too. */
const programOf = (path: string) => join(application.directory, '../../../../node_modules', path)
const env = { NO_COLOR: '1' }

describe('Vitest', () => {
  const run = (...args: readonly string[]) =>
    runIn(application.directory, process.execPath, [programOf('vitest/vitest.mjs'), 'run', ...args], env)

  it('runs the example, and fails as documented', async () => {
    const text = example('twinpanel/vitest')
    await write({ 'vitest/passes.test.ts': text })
    const passed = await run('--dir=vitest', 'passes')
    expect(passed.stdout, passed.stderr).toMatch(/Tests +1 passed/)
    await write({ 'vitest/fails.test.ts': broken(text) })
    const failed = await run('--dir=vitest', 'fails')
    expectTheDocumentedFailure(failed.stdout + failed.stderr)
    await expectNothingLeft()
  }, 120_000)

  it('starts one server for all files with the documented configuration', async () => {
    const [config = ''] = blocksOf(page, 'ts').filter((block) => block.includes('globalSetup'))
    const prints = `import { test } from 'vitest'
      test('prints', () => { console.log(process.env.TWINPANEL_URL + ' is the server') })`
    const systems = blocksOf(page, 'ts').find((block) => block.includes('projectOptions')) ?? ''
    await write({
      'shared/vitest.config.ts': config,
      'shared/a.test.ts': prints,
      'shared/b.test.ts': prints,
      'shared/c.test.ts': systems,
    })
    const passed = await run('--root=shared')
    expect(passed.stdout, passed.stderr).toMatch(/Tests +5 passed/)
    const urls = [...passed.stdout.matchAll(/^(http:\S+) is the server$/gm)].map(([, url]) => url)
    expect(urls).toHaveLength(2)
    expect(new Set(urls).size).toBe(1)
    await expectNothingLeft()
  }, 120_000)

  it('types its fixtures and matchers in a strict application', async () => {
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      module: 'nodenext',
      target: 'es2022',
      types: ['node'],
    }
    const wrong = `import { expect, test } from 'twinpanel/vitest'
      import { matchers } from 'twinpanel/jest'
      import { assertTracked, projectFor } from 'twinpanel/node'
      import { test as nodeTest } from 'node:test'
      nodeTest('n', async (t) => assertTracked(await projectFor(t, { id_management: 'legacy' }), 'A', { plan: /p/ }))
      export const names: readonly string[] = Object.keys(matchers)
      test('types', async ({ project }) => {
        // @ts-expect-error An event is a text.
        await expect(project).toHaveTracked(5)
        // @ts-expect-error There is no such option.
        await expect(project).not.toHaveNoProblems({ wait: 5 })
      })`
    await write({
      'types/example.ts': example('twinpanel/vitest'),
      'types/wrong.ts': wrong,
      'types/tsconfig.json': JSON.stringify({ compilerOptions: options }),
    })
    const tsc = [programOf('typescript/bin/tsc'), '-p', 'types']
    expect(await runIn(application.directory, process.execPath, tsc)).toMatchObject({ stdout: '', code: 0 })
  }, 120_000)
})

// The newest Node runs them in test/process/fixtures.test.ts.
describe.each(findNodes().slice(-1))('on Node %s', (version, node) => {
  const jest = (folder: string, flags: readonly string[] = []) =>
    runIn(application.directory, node, [...flags, programOf('jest/bin/jest.js'), `--rootDir=${folder}`], env)

  it('Jest runs the example in CommonJS, and fails as documented', async () => {
    const folder = `jest-${version}`
    const text = example('twinpanel/jest')
    await write({ [`${folder}/package.json`]: '{}', [`${folder}/a.test.js`]: text })
    expect((await jest(folder)).stderr).toMatch(/Tests: +1 passed/)
    await write({ [`${folder}/a.test.js`]: broken(text) })
    expectTheDocumentedFailure((await jest(folder)).stderr)
    await expectNothingLeft()
  }, 120_000)

  it('Jest runs ES modules, with one server for all files', async () => {
    const folder = `jest-esm-${version}`
    const text = `import { expect, test } from '@jest/globals'\n${example('twinpanel/jest')
      .replace("const Mixpanel = require('mixpanel')", "import Mixpanel from 'mixpanel'")
      .replace(
        "const { matchers, useProject } = require('twinpanel/jest')",
        "import { matchers, useProject } from 'twinpanel/jest'",
      )}`
    await write({
      [`${folder}/package.json`]: JSON.stringify({
        type: 'module',
        jest: { globalSetup: 'twinpanel/jest/setup', transform: {} },
      }),
      [`${folder}/a.test.js`]: text,
      [`${folder}/b.test.js`]: text,
    })
    const ended = await jest(folder, ['--experimental-vm-modules'])
    expect(ended.stderr).toMatch(/Tests: +2 passed/)
    await expectNothingLeft()
  }, 120_000)

  it('node:test runs the example, and fails as documented', async () => {
    const text = example('twinpanel/node')
    await write({ 'node/a.test.mjs': text })
    const run = () => runIn(application.directory, node, ['--test', '--test-reporter=tap', 'node/a.test.mjs'])
    expect((await run()).stdout).toMatch(/^# pass 1$/m)
    await write({ 'node/a.test.mjs': broken(text) })
    const { stdout } = await run()
    expectTheDocumentedFailure(stdout)
    // The stack begins in the test.
    expect(stdout).toMatch(/stack: \|-\n +.*a\.test\.mjs:\d+/)
    await expectNothingLeft()
  }, 120_000)
})
