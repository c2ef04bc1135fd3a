import type { Config } from 'mixpanel-browser'
import { describe, expect, it } from 'vitest'
import { browserSuite } from './support/browser-suite.ts'
import { nodeSdk, told } from './support/node-sdk.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { RawClient, toBytes } from './support/raw-http.ts'
import { PYTHON } from './transcripts/python.ts'
import { RUBY } from './transcripts/ruby.ts'

/* The clients of a project, when SDKs send what they send: each is recognised by name and version, and has its pitfalls. */

const suite = browserSuite()
const WAIT_MS = 10_000
const CONFIG: Partial<Config> = { batch_flush_interval_ms: 50 }

interface ShownClient {
  readonly lib: string | null
  readonly version: string | null
  readonly endpoints: readonly string[]
  readonly encoding: string
  readonly host: string
  readonly hints: readonly { readonly code: string }[]
}

async function clientsOf({ token }: SdkProject) {
  const answer = await suite.server.inject({ url: `/_twin/projects/${token}/clients` })
  const { clients } = answer.json<{ clients: readonly ShownClient[] }>()
  return clients.map(({ hints, ...own }) => ({ ...own, hints: hints.map(({ code }) => code) }))
}

const VERSION = /^\d+\.\d+\.\d+$/

describe('the clients of a project', () => {
  it('know mixpanel-node by its events; its batches name nobody, which a hint says', async () => {
    const project = await createProject(suite.server)
    const sdk = nodeSdk(suite.server, project.token)
    await told((done) => sdk.track('Signed up', { distinct_id: 'charlie' }, done))
    await told((done) => sdk.alias('charlie', 'c', done))
    await told((done) => sdk.track_batch([{ event: 'E', properties: { distinct_id: 'charlie' } }], done))
    const clients = await clientsOf(project)
    expect(clients.find(({ lib }) => lib === 'node')).toMatchObject({
      version: expect.stringMatching(VERSION),
      endpoints: ['/track'],
      encoding: 'query base64',
      host: suite.server.host,
      requests: 2,
      hints: ['node.secret_https', 'node.status_ignored', 'node.flags_port', 'server.no_insert_id'],
    })
    expect(clients.find(({ lib }) => lib === null)).toMatchObject({
      encoding: 'form base64',
      hints: ['any.unnamed_batches'],
    })
    expect(clients).toHaveLength(2)
  })

  it('know mixpanel-browser, and how it wraps what it sends', async () => {
    const project = await createProject(suite.server)
    const based = await suite.visit({ token: project.token, config: CONFIG })
    await based.track('Opened')
    const plain = await suite.visit({
      token: project.token,
      config: { ...CONFIG, api_payload_format: 'json' },
    })
    await plain.track('Opened')
    // A batch goes out after the callback.
    await expect.poll(async () => (await clientsOf(project)).length, { timeout: WAIT_MS }).toBe(2)
    const clients = await clientsOf(project)
    expect(
      clients.map(({ lib, encoding, hints }) => [lib, encoding, hints.includes('web.base64')]).toSorted(),
    ).toEqual([
      ['web', 'form base64', true],
      ['web', 'form json', false],
    ])
    for (const own of clients) {
      expect(own).toMatchObject({ version: expect.stringMatching(VERSION), endpoints: ['/track'] })
      expect(own.hints).toContain('web.unreachable_drops')
    }
  })

  it.each([
    [PYTHON, 'python', '5.3.0', 'form json', ['python.api_host_https', 'python.alias_elsewhere']],
    [RUBY, 'ruby', '3.3.0', 'form base64', ['ruby.use_ssl', 'ruby.alias_elsewhere', 'ruby.errors_swallowed']],
  ] as const)('know $sdk by what it puts on the wire', async (transcript, lib, version, encoding, hints) => {
    const project = await createProject(suite.server)
    const [exchange] = transcript.exchanges
    const who = {
      token: project.token,
      secret: '',
      projectId: project.id,
      account: { username: '', secret: '' },
    }
    const [hostname = '', port = ''] = suite.server.host.split(':')
    const client = new RawClient(hostname, Number(port))
    for (const request of exchange?.requests(who) ?? []) client.write(toBytes(request, 'api.mixpanel.com'))
    expect((await client.read()).status).toBe(200)
    client.close()
    expect(await clientsOf(project)).toMatchObject([{ lib, version, encoding, host: 'api.mixpanel.com' }])
    const [own] = await clientsOf(project)
    expect(own?.hints).toEqual(expect.arrayContaining(['any.cloud_host', ...hints]))
  })
})
