import { readFileSync, rmSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { VARIABLES } from '../../src/variables.ts'
import { CiJob, type StepEnd } from '../support/ci-job.ts'
import { readSnippet, type Snippet } from '../support/ci-snippets.ts'
import { blocksOf } from '../support/examples.ts'
import { makeTestDirectory } from '../support/postgres.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { ServerProcesses } from '../support/server-process.ts'
import { packStandIn } from '../support/stand-in-package.ts'
import { asMap, parseYaml } from '../support/yaml.ts'

// The snippets of docs/ci.md: their steps run here in a repository that has a test, and the package as a dependency.

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/ci.md')
const snippets = blocksOf(page, 'yaml').map(readSnippet)

/** One snippet of those that have the same steps, by what they do. */
const different = new Map(
  snippets.map((snippet) => {
    const steps = snippet.steps.map((step) => (step.kind === 'script' ? step.script : 'action')).join(', ')
    return [`${steps}${snippet.service ? ', with the image' : ''}`.replaceAll('\n', ', '), snippet]
  }),
)

const TEST = `
import assert from 'node:assert/strict'
import { test } from 'node:test'

test('sign-up', async () => {
  const { TWINPANEL_URL, TWINPANEL_ADMIN_TOKEN } = process.env
  const headers = { authorization: 'Bearer ' + TWINPANEL_ADMIN_TOKEN }
  const created = await fetch(TWINPANEL_URL + '/_twin/projects', { method: 'POST', headers })
  const { token } = await created.json()
  const body = JSON.stringify([{ event: process.env.EVENT ?? 'Signed up', properties: { token, distinct_id: 'charlie' } }])
  await fetch(TWINPANEL_URL + '/track', { method: 'POST', body })
  const waited = await fetch(TWINPANEL_URL + '/_twin/projects/' + token + '/wait?event=Signed%20up&timeout_ms=100', { headers })
  assert.equal(waited.status, 200, (await waited.json()).message)
})
`

const processes = new ServerProcesses()
const repository = makeTestDirectory()
beforeAll(async () => {
  const file = basename(await packStandIn(repository))
  const scripts = { test: 'node --test --test-reporter=tap' }
  const devDependencies = { twinpanel: `file:${file}` }
  await writeFile(join(repository, 'package.json'), JSON.stringify({ scripts, devDependencies }))
  await writeFile(join(repository, 'sign-up.test.mjs'), TEST)
  const job = new CiJob(dirname(processes.newDataDir()))
  await cp(repository, job.work, { recursive: true })
  expect(await job.run('npm install --package-lock-only')).toMatchObject({ code: 0 })
  await cp(join(job.work, 'package-lock.json'), join(repository, 'package-lock.json'))
})
afterAll(() => rmSync(repository, { recursive: true, force: true }))

const jobs: CiJob[] = []
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.runAction({ command: 'stop' })
  await processes.clean()
})

/** Runs the steps of a snippet up to the first that fails. A server stands in for the image, with its variables. */
async function runJob(
  snippet: Snippet,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly StepEnd[]> {
  const address = snippet.service && (await startService(snippet.service))
  const job = new CiJob(dirname(processes.newDataDir()), { ...snippet.variables, ...variables, ...address })
  jobs.push(job)
  await cp(repository, job.work, { recursive: true })
  const ends: StepEnd[] = []
  for (const step of snippet.steps) {
    const end = await (step.kind === 'script'
      ? job.run(step.script)
      : job.runAction({ ...step.inputs, port: 0 }))
    ends.push(end)
    if (end.code !== 0) break
  }
  return ends
}

async function startService(variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const known = VARIABLES.map(({ name }) => String(name))
  const own = Object.entries(variables).filter(([name]) => known.includes(name))
  const server = await startOnDatabase(processes, { HOST: '0.0.0.0', ...Object.fromEntries(own) })
  return { TWINPANEL_URL: `http://127.0.0.1:${new URL(await server.url()).port}` }
}

describe('the snippets', () => {
  it('are of three systems, with the package and with the image', () => {
    const kinds = snippets.map(({ system, service }) => [system, service !== undefined])
    expect(kinds).toEqual([
      ['GitHub Actions', false],
      ['GitHub Actions', false],
      ['GitHub Actions', true],
      ['GitLab CI', false],
      ['GitLab CI', true],
      ['CircleCI', false],
      ['CircleCI', true],
    ])
  })

  it.each([...different])('the steps of a job pass: %s', async (_steps, snippet) => {
    const ends = await runJob(snippet)
    expect(ends.filter(({ code }) => code !== 0)).toEqual([])
    expect(ends).toHaveLength(snippet.steps.length)
    expect(ends.map(({ output }) => output).join('')).toMatch(/^# pass 1$/m)
  })

  it('a job fails if its tests fail, with the reason', async () => {
    const [snippet] = snippets
    const failed = snippet && (await runJob(snippet, { EVENT: 'signed-up' })).at(-1)
    expect(failed?.code).toBe(1)
    expect(failed?.output).toContain('Expected 1 event "Signed up" within 100 ms, got 0.')
  })

  it('find the image by the port and the names that they give', () => {
    const urls = snippets.flatMap(({ service, variables }) => (service ? [variables['TWINPANEL_URL']] : []))
    expect(urls).toEqual(['http://localhost:4100', 'http://twinpanel:4100', 'http://localhost:4100'])
    const image = read('Dockerfile')
    expect(image).toMatch(/^EXPOSE 4100$/m)
    expect(image).toMatch(/^HEALTHCHECK /m)
  })
})

it('the inputs of the action are as in action.yml', () => {
  const inputs = Object.entries(asMap(parseYaml(read('action.yml'))['inputs']))
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.*?) ?\| .+ \|$/gm)].map(([, name, value]) => [
    name,
    value,
  ])
  const expected = inputs.map(([name, input]) => {
    const value = String(asMap(input)['default'])
    const shown = name === 'package' ? 'the version of the action' : value && `\`${value}\``
    return [name, shown]
  })
  expect(rows).toEqual(expected)
})
