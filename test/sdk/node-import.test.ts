import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batched, nodeSdk, ServiceAccountCredentials, single, told } from './support/node-sdk.ts'
import { createProject, line, type SdkProject } from './support/project.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'
import { startTrustedServer, type TrustedServer } from './support/trusted-server.ts'
import { EVERY_TYPE, HARD_TEXT } from './support/values.ts'

/*
 * The Node SDK from npm, unmodified, against /import, which wants credentials. With a secret or a service account
 * the SDK refuses plain http, so these go over TLS, with the certificate that the server itself makes.
 */

let server: TrustedServer
let plain: SdkServer
beforeAll(async () => {
  server = await startTrustedServer()
  plain = await startSdkServer()
})
afterAll(async () => {
  await server.close()
  await plain.close()
})

/** Long before the five days of /track, to the millisecond. */
const LONG_AGO = Date.parse('2021-03-14T15:09:26.535Z')

const FORMS = [
  { name: 'a secret', credentialsOf: (project: SdkProject) => ({ secret: project.secret }) },
  { name: 'a service account', credentialsOf: (project: SdkProject) => serviceAccountOf(project) },
]

function serviceAccountOf({ id, serviceAccount }: SdkProject, secret = serviceAccount.secret) {
  return { credentials: new ServiceAccountCredentials(serviceAccount.username, secret, String(id)) }
}

const imported = { $import: true }

describe.each(FORMS)('over TLS with $name', ({ credentialsOf }) => {
  it.each([false, true])('import sends by GET, verbose %s (IMP-01, IMP-04, IMP-12)', async (verbose) => {
    const project = await createProject(server)
    const sdk = nodeSdk(server, project.token, { ...credentialsOf(project), verbose })
    const sent = { ...EVERY_TYPE, ...HARD_TEXT, distinct_id: 'charlie 🙂' }
    const outcome = await told((done) => sdk.import('Paid', new Date(LONG_AGO), { ...sent }, done))
    expect(outcome).toBeUndefined()
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/import', status: 200 })
    expect(await project.exported()).toEqual([
      line('Paid', { ...sent, ...single('charlie 🙂'), ...imported, time: LONG_AGO }),
    ])
  })

  it.each([false, true])(
    'import_batch posts a form, verbose %s (IMP-01, IMP-04, IMP-12)',
    async (verbose) => {
      const project = await createProject(server)
      const sdk = nodeSdk(server, project.token, { ...credentialsOf(project), verbose })
      const times = [LONG_AGO, LONG_AGO + 1, LONG_AGO + 2]
      const sent = times.map((time) => ({ ...EVERY_TYPE, ...HARD_TEXT, distinct_id: `user ${time}`, time }))
      const batch = sent.map((properties) => ({ event: 'Paid', properties: { ...properties } }))
      expect(await told((done) => sdk.import_batch(batch, done))).toBeNull()
      expect(server.requests.at(-1)).toMatchObject({ method: 'POST', path: '/import', status: 200 })
      expect(await project.exported()).toEqual(
        sent.map((properties) =>
          line('Paid', { ...properties, ...batched(properties.distinct_id), ...imported }),
        ),
      )
    },
  )
})

it('times in seconds and in milliseconds are the same moment (TRK-31)', async () => {
  const project = await createProject(server)
  const sdk = nodeSdk(server, project.token, { secret: project.secret })
  for (const time of [1_618_716_477, 1_618_716_477_000, 1_618_716_477.123]) {
    expect(await told((done) => sdk.import('Timed', time, { distinct_id: 'u' }, done))).toBeUndefined()
  }
  const times = (await project.exported()).map(({ properties }) => properties['time'])
  expect(times).toEqual([1_618_716_477_000, 1_618_716_477_000, 1_618_716_477_123])
})

it('a batch with a bad event is a success, and the good ones are stored (IMP-12, IMP-13)', async () => {
  const project = await createProject(server)
  const sdk = nodeSdk(server, project.token, { secret: project.secret })
  const batch = ['Good', '', 'Also good'].map((event) => ({ event, properties: { time: LONG_AGO } }))
  expect(await told((done) => sdk.import_batch(batch, done))).toBeNull()
  const names = (await project.exported()).map(({ event }) => event)
  expect(names).toEqual(['Good', 'Also good'])
})

it('wrong credentials reach the callback in words, and nothing is stored (IMP-06)', async () => {
  const project = await createProject(server)
  const { token } = project
  const bySecret = nodeSdk(server, token, { secret: 'wrong', verbose: true })
  const byAccount = nodeSdk(server, token, { ...serviceAccountOf(project, 'wrong'), verbose: true })
  const quiet = nodeSdk(server, token, serviceAccountOf(project, 'wrong'))
  // The SDK takes the error from `error` where the body's `status` is not 1.
  expect(await told((done) => bySecret.import('E', LONG_AGO, {}, done))).toEqual(
    new Error(
      'Mixpanel Server Error: Unauthorized, invalid project secret. See docs for more information: ' +
        'https://developer.mixpanel.com/reference/authentication#project-secret',
    ),
  )
  expect(await told((done) => byAccount.import('E', LONG_AGO, {}, done))).toEqual(
    new Error('Mixpanel Server Error: Invalid credentials'),
  )
  expect(await told((done) => quiet.import('E', LONG_AGO, {}, done))).toEqual(
    new Error('Mixpanel Server Error: {"code":401,"error":"Invalid credentials","status":"Unauthorized"}'),
  )
  expect(server.requests.at(-1)?.status).toBe(401)
  expect(await project.exported()).toEqual([])
})

it('a key alone opens nothing, so an import over plain http is told so and not lost in silence (IMP-08)', async () => {
  const project = await createProject(plain)
  const quiet = nodeSdk(plain, project.token, { key: project.secret })
  const verbose = nodeSdk(plain, project.token, { key: project.token, verbose: true })
  const batch = [{ event: 'E', properties: { time: LONG_AGO } }]
  expect(await told((done) => quiet.import('E', LONG_AGO, {}, done))).toEqual(
    new Error('Mixpanel Server Error: {"code":401,"error":"Unauthorized","status":"Unauthorized"}'),
  )
  expect(await told((done) => verbose.import('E', LONG_AGO, {}, done))).toEqual(
    new Error('Mixpanel Server Error: Unauthorized'),
  )
  expect(await told((done) => verbose.import_batch(batch, done))).toEqual([
    new Error('Mixpanel Server Error: Unauthorized'),
  ])
  expect(plain.requests.map(({ params, status }) => [params.get('api_key'), status])).toEqual([
    [project.secret, 401],
    [project.token, 401],
    [project.token, 401],
  ])
  expect(await project.exported()).toEqual([])
})

it('the secret that the SDK sends with every request is ignored on /track (TRK-42)', async () => {
  const project = await createProject(server)
  const sdk = nodeSdk(server, project.token, { secret: 'of another project' })
  const time = Date.now() - 1_000
  expect(await told((done) => sdk.track('Tracked', { distinct_id: 'u', time }, done))).toBeUndefined()
  const batch = [{ event: 'Tracked', properties: { distinct_id: 'u', time: time + 1 } }]
  expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
  const [get, post] = server.requests.slice(-2)
  expect([get?.headers['authorization'], post?.headers['authorization']]).toEqual(
    Array(2).fill(`Basic ${Buffer.from('of another project:').toString('base64')}`),
  )
  expect(await project.exported()).toEqual([
    line('Tracked', { ...single('u'), time }),
    line('Tracked', { ...batched('u'), time: time + 1 }),
  ])
})

it('a script that is told to trust the certificate imports with a secret (IMP-04)', async () => {
  const project = await createProject(server)
  const script = `
    const sdk = require('mixpanel').init(process.env.TOKEN, { host: process.env.HOST, secret: process.env.SECRET })
    sdk.import('From a script', ${LONG_AGO}, { distinct_id: 'u' }, (error) => { if (error) throw error })`
  const { token, secret } = project
  const env = { TOKEN: token, SECRET: secret, HOST: server.host, NODE_EXTRA_CA_CERTS: server.certPath }
  const options = { env, cwd: import.meta.dirname, timeout: 10_000 }
  await promisify(execFile)(process.execPath, ['-e', script], options)
  expect(await project.exported()).toEqual([
    line('From a script', { ...single('u'), ...imported, time: LONG_AGO }),
  ])
})
