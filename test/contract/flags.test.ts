import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Feature flags, remote settings and session recordings: what SDKs ask for beside sending events. The answers
 * are as loose as the strictest SDK lets them be.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const ON_OFF = [
  { key: 'on', value: true },
  { key: 'off', value: false },
]
/** Everybody gets the variant `on`. */
const CHECKOUT = {
  key: 'checkout',
  experiment_id: '7f0c0f5e-0000-4000-8000-000000000000',
  is_experiment_active: true,
  ruleset: {
    variants: ON_OFF,
    rollout: [{ variant_override: { key: 'on' } }],
    test: { users: { qa: 'off' } },
  },
}
const PRO_ONLY = {
  key: 'pro only',
  ruleset: {
    variants: [{ key: 'yes', value: { limit: 5 } }],
    rollout: [{ runtime_evaluation_rule: { '==': [{ var: 'plan' }, 'pro'] } }],
  },
}
const DISABLED = { key: 'disabled', status: 'disabled', ruleset: { variants: ON_OFF } }

const put = (project: string | number, payload: unknown) =>
  server.send({
    method: 'PUT',
    url: `/_twin/projects/${project}/flags`,
    payload: JSON.stringify(payload),
    headers: JSON_TYPE,
  })
const PROBLEM = expect.stringMatching(/^application\/problem\+json/)
const JSON_TYPE = { 'content-type': 'application/json' }

async function projectWith(...flags: readonly object[]): Promise<TestProject> {
  const project = await server.createProject()
  const answer = await put(project.token, { flags })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return project
}

const flagsUrl = (context: unknown, more: Record<string, string> = {}) =>
  `/flags?${new URLSearchParams({ context: JSON.stringify(context), mp_lib: 'web', ...more })}`
const ask = (project: TestProject, context: unknown, more: Record<string, string> = {}) =>
  server.send({ url: flagsUrl(context, more), headers: basic(project.token) })

const EMPTY = { code: 200, flags: {}, pending_first_time_events: [] }
const ON = {
  variant_key: 'on',
  variant_value: true,
  experiment_id: CHECKOUT.experiment_id,
  is_experiment_active: true,
  is_qa_tester: false,
}

describe('GET /flags (FLG-01)', () => {
  it('without flags there is still an object of them', async () => {
    const project = await server.createProject()
    const answer = await ask(project, { distinct_id: 'u' })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(answer.body).toBe('{"code":200,"flags":{},"pending_first_time_events":[]}')
  })

  it('has the variants of this user, and no key for what the user is not in', async () => {
    const project = await projectWith(CHECKOUT, PRO_ONLY, DISABLED)
    expect((await ask(project, { distinct_id: 'u' })).json()).toEqual({ ...EMPTY, flags: { checkout: ON } })
    const pro = await ask(project, { distinct_id: 'qa', custom_properties: { Plan: 'PRO' } })
    expect(pro.json().flags).toEqual({
      checkout: { ...ON, variant_key: 'off', variant_value: false, is_qa_tester: true },
      'pro only': { variant_key: 'yes', variant_value: { limit: 5 }, is_qa_tester: false },
    })
    expect(pro.body).not.toContain('error')
  })

  it('flag_key asks for one, with or without a slash at the end', async () => {
    const project = await projectWith(CHECKOUT, { ...CHECKOUT, key: 'other' })
    const one = await ask(project, { distinct_id: 'u' }, { flag_key: 'other' })
    expect(one.json()).toEqual({ ...EMPTY, flags: { other: ON } })
    const url = flagsUrl({ distinct_id: 'u' }).replace('?', '/?')
    const all = await server.send({ url, headers: basic(project.token) })
    expect(Object.keys(all.json().flags)).toEqual(['checkout', 'other'])
  })

  it('takes the POST of older browser SDKs, JSON that says it is bytes', async () => {
    const project = await projectWith(CHECKOUT)
    const headers = { ...basic(project.token), 'content-type': 'application/octet-stream' }
    const post = (body: unknown) =>
      server.send({ method: 'POST', url: '/flags/', headers, payload: JSON.stringify(body) })
    expect((await post({ context: { distinct_id: 'u' } })).json().flags).toEqual({ checkout: ON })
    expect((await post([1])).statusCode).toBe(400)
  })
})

it('a user keeps the variant: after a reset, when flags are put again, and on another server (FLG-01)', async () => {
  const shared = await startSharedServers(2)
  try {
    const project = await shared.createProject()
    const url = `/_twin/projects/${project.token}`
    const halves = { key: 'halves', hash_salt: 's', ruleset: { variants: ON_OFF } }
    const payload = { flags: [halves] }
    const put = () => shared.apps[0]?.inject({ method: 'PUT', url: `${url}/flags`, payload })
    const variants = async (at: number) => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          shared.apps[at]?.inject({ url: flagsUrl({ distinct_id: `u${n}` }), headers: basic(project.token) }),
        ),
      )
      return answers.map((answer) => answer?.json().flags.halves.variant_key)
    }
    await put()
    const before = await variants(0)
    expect(new Set(before)).toEqual(new Set(['on', 'off']))
    await shared.apps[0]?.inject({ method: 'POST', url: `${url}/reset` })
    expect(await variants(0)).toEqual(before)
    await put()
    expect([await variants(0), await variants(1)]).toEqual([before, before])
  } finally {
    await shared.close()
  }
})

it('the flags of one project are not those of another (FLG-01)', async () => {
  const [one, other] = [await projectWith(CHECKOUT), await projectWith({ ...CHECKOUT, key: 'other' })]
  expect((await ask(one, { distinct_id: 'u' })).json().flags).toEqual({ checkout: ON })
  expect((await ask(other, { distinct_id: 'u' })).json().flags).toEqual({ other: ON })
})

describe('who may ask (FLG-04, SEC-02, SEC-03)', () => {
  it('token, secret, service account, and the token as a parameter', async () => {
    const project = await projectWith(CHECKOUT)
    const { username, secret } = project.service_account
    const project_id = String(project.project_id)
    const ways = [
      { url: flagsUrl({ distinct_id: 'u' }), headers: basic(project.token) },
      { url: flagsUrl({ distinct_id: 'u' }, { project_id }), headers: basic(project.token) },
      { url: flagsUrl({ distinct_id: 'u' }), headers: basic(project.secret) },
      { url: flagsUrl({ distinct_id: 'u' }, { project_id }), headers: basic(username, secret) },
      { url: flagsUrl({ distinct_id: 'u' }, { token: project.token }) },
    ]
    for (const way of ways) expect((await server.send(way)).json().flags).toEqual({ checkout: ON })
  })

  it.each([
    ['nobody', {}, {}],
    ['an unknown token', {}, basic('no-such-token')],
    ['an unknown token as a parameter', { token: 'no-such-token' }, {}],
    ['an unknown service account', { project_id: '1' }, basic('x.mp-service-account', 'y')],
    ['a wrong project_id', { project_id: '999999' }, 'own'],
  ] as const)('%s is refused with 401', async (_name, more, headers) => {
    const project = await projectWith(CHECKOUT)
    const shown = headers === 'own' ? basic(project.token) : headers
    for (const path of ['/flags', '/flags/definitions']) {
      const url = flagsUrl({ distinct_id: 'u' }, more).replace('/flags', path)
      const answer = await server.send({ url, headers: shown })
      expect([answer.statusCode, answer.json()]).toEqual([
        401,
        { error: expect.any(String), status: 'error' },
      ])
    }
  })

  it.each([
    ['/flags', 'context is missing'],
    ['/flags?context=nonsense', 'context is not a JSON object'],
  ])('%s is refused with 400', async (url, error) => {
    const project = await server.createProject()
    const answer = await server.send({ url, headers: basic(project.token) })
    expect([answer.statusCode, answer.json()]).toEqual([400, { error, status: 'error' }])
  })

  it.each([{}, { distinct_id: 7 }, { distinct_id: '' }, { device_id: 'd', distinct_id: null }])(
    'the context %j is refused with the plain text that SDKs pass on (FLG-04)',
    async (context) => {
      const answer = await ask(await server.createProject(), context)
      const type = answer.headers['content-type']
      const text = 'distinct_id must be provided in evalContext as a string'
      expect([answer.statusCode, type, answer.payload]).toEqual([400, 'text/plain', text])
    },
  )

  it('a token that its first event will make a project of has no flags yet, and is no error', async () => {
    const open = await startServer({ unknownTokens: 'create' })
    try {
      const askAs = (headers: Record<string, string>, more: Record<string, string> = {}) =>
        open.send({ url: flagsUrl({ distinct_id: 'u' }, more), headers })
      expect((await askAs(basic('first-start'))).json()).toEqual(EMPTY)
      expect((await askAs({}, { token: 'first-start' })).json()).toEqual(EMPTY)
      const url = '/flags/definitions'
      expect((await open.send({ url, headers: basic('first-start') })).json()).toEqual({ flags: [] })
      // It was only asked: no project was made. And what is no token at all is refused here too.
      expect((await open.send({ url: '/_twin/projects' })).json()).toEqual({ projects: [], next: null })
      expect((await askAs(basic('no token'))).statusCode).toBe(401)
      expect((await askAs(basic('first-start'), { project_id: '1' })).statusCode).toBe(401)
      expect((await askAs({})).statusCode).toBe(401)
    } finally {
      await open.close()
    }
  })
})

describe('GET /flags/definitions (FLG-02, FLG-09)', () => {
  it('has all that SDKs need to evaluate by themselves, and nothing that is disabled', async () => {
    const project = await projectWith(CHECKOUT, DISABLED, PRO_ONLY)
    const answer = await server.send({ url: '/flags/definitions?mp_lib=node', headers: basic(project.token) })
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        flags: [
          {
            id: 'checkout',
            name: 'checkout',
            key: 'checkout',
            status: 'enabled',
            project_id: project.project_id,
            context: 'distinct_id',
            experiment_id: CHECKOUT.experiment_id,
            is_experiment_active: true,
            ruleset: {
              variants: [
                { key: 'off', value: false, is_control: false, split: 0.5 },
                { key: 'on', value: true, is_control: false, split: 0.5 },
              ],
              rollout: [{ rollout_percentage: 1, variant_override: { key: 'on' } }],
              test: { users: { qa: 'off' } },
            },
          },
          expect.objectContaining({ key: 'pro only', project_id: project.project_id }),
        ],
      },
    ])
    const post = await server.send({
      method: 'POST',
      url: '/flags/definitions',
      headers: basic(project.token),
    })
    expect([post.statusCode, post.headers['allow']]).toEqual([405, 'GET, OPTIONS'])
  })
})

it('definitions of Mixpanel are set as they were copied, and evaluated (FLG-09)', async () => {
  const live = {
    ...{
      id: 'flag_abc123',
      name: 'New Checkout',
      key: 'live',
      status: 'enabled',
      project_id: 1,
      workspace_id: 2,
    },
    context: 'distinct_id',
    ruleset: {
      variants: [{ key: 'on', value: true, is_control: false, is_sticky: true, split: 1 }],
      rollout: [
        {
          rollout_percentage: 1,
          cohort_hash: 'cohort_abc123',
          runtime_evaluation_rule: { some: [{ var: 'lists' }, { '==': [{ var: '' }, 'Beta'] }] },
        },
      ],
      test: { users: {} },
    },
  }
  const project = await projectWith(live)
  const flagsOf = async (lists: readonly string[]) =>
    Object.keys((await ask(project, { distinct_id: 'u', custom_properties: { lists } })).json().flags)
  expect([await flagsOf(['alpha', 'beta']), await flagsOf(['alpha'])]).toEqual([['live'], []])
})

describe('a rollout for those who have done an event (FLG-03)', () => {
  const AFTER_BUYING = {
    ...CHECKOUT,
    ruleset: {
      ...CHECKOUT.ruleset,
      rollout: [{ variant_override: { key: 'on' }, runtime_event: { event_name: 'Buy' } }],
    },
  }
  const { is_qa_tester: _, ...PENDING_VARIANT } = ON
  const pending = (project: TestProject) => [
    {
      flag_key: 'checkout',
      flag_id: 'checkout',
      project_id: project.project_id,
      first_time_event_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      event_name: 'Buy',
      property_filters: {},
      pending_variant: PENDING_VARIANT,
    },
  ]
  const buy = ({ token }: TestProject, ids: object, event = 'Buy') =>
    server.send(trackJson([{ event, properties: { token, $insert_id: event, ...ids } }]))

  it('is pending until the event is stored, and then decides, by any id of the user', async () => {
    const project = await projectWith(AFTER_BUYING)
    const before = { code: 200, flags: {}, pending_first_time_events: pending(project) }
    await buy(project, { $device_id: 'other' })
    await buy(project, { $device_id: 'D' }, 'Look')
    expect((await ask(project, { distinct_id: '$device:D' })).json()).toEqual(before)
    await buy(project, { $device_id: 'D', $user_id: 'U' })
    for (const distinct_id of ['$device:D', 'U']) {
      expect((await ask(project, { distinct_id })).json()).toEqual({ ...EMPTY, flags: { checkout: ON } })
    }
    expect((await ask(project, { distinct_id: 'V' })).json()).toEqual(before)
    const reset = { method: 'POST', url: `/_twin/projects/${project.token}/reset` } as const
    await server.send(reset)
    expect((await ask(project, { distinct_id: 'U' })).json()).toEqual(before)
  })

  it('lets nobody in for SDKs that evaluate by themselves, and keeps its place (FLG-02)', async () => {
    const { ruleset } = AFTER_BUYING
    const project = await projectWith({
      ...CHECKOUT,
      ruleset: { ...ruleset, rollout: [...ruleset.rollout, {}] },
    })
    const answer = await server.send({ url: '/flags/definitions', headers: basic(project.token) })
    expect(answer.json().flags[0].ruleset.rollout).toEqual([
      { rollout_percentage: 0, variant_override: { key: 'on' } },
      { rollout_percentage: 1 },
    ])
  })

  it.each([
    [{ event_name: '' }, 'event_name must be text'],
    [{ event_name: 'E', property_filters: {} }, 'unknown field "property_filters"'],
  ])('is refused with %j', async (runtime_event, problem) => {
    const project = await server.createProject()
    const payload = {
      flags: [{ ...CHECKOUT, ruleset: { ...CHECKOUT.ruleset, rollout: [{ runtime_event }] } }],
    }
    const url = `/_twin/projects/${project.token}/flags`
    const answer = await server.send({ method: 'PUT', url, payload })
    expect([answer.statusCode, answer.json().detail]).toEqual([400, expect.stringContaining(problem)])
  })
})

describe('POST /flags/:flag_id/first-time-events (FLG-03)', () => {
  it('is taken', async () => {
    const project = await server.createProject()
    const request = { method: 'POST', url: '/flags/some-flag/first-time-events?mp_lib=web' } as const
    const headers = { ...basic(project.token), ...JSON_TYPE }
    const payload = '{"distinct_id":"u","project_id":1,"first_time_event_hash":"h"}'
    const answer = await server.send({ ...request, headers, payload })
    expect([answer.statusCode, answer.body]).toEqual([200, '{"status":"ok"}'])
    expect((await server.send({ ...request, headers, payload: '{' })).statusCode).toBe(400)
    expect((await server.send({ ...request, headers: basic('nobody'), payload })).statusCode).toBe(401)
    expect((await server.send({ url: request.url, headers })).statusCode).toBe(405)
  })
})

const ORIGIN = 'https://a.test'
const PATHS = ['/flags/', '/flags/definitions', '/flags/f/first-time-events', '/settings/', '/record/']

it.each(PATHS)('a browser may ask %s (FLG-05, SEC-09)', async (url) => {
  const preflight = await server.send({
    method: 'OPTIONS',
    url,
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization,traceparent',
    },
  })
  expect(preflight.statusCode).toBe(204)
  const allowed = String(preflight.headers['access-control-allow-headers']).toLowerCase().split(', ')
  expect(allowed).toEqual(expect.arrayContaining(['authorization', 'traceparent', 'content-type']))
  const cors = { 'access-control-allow-origin': ORIGIN, 'access-control-allow-credentials': 'true' }
  expect(preflight.headers).toMatchObject(cors)
  // Errors too: without these headers a browser would hide the status.
  const refused = await server.send({ method: 'DELETE', url, headers: { origin: ORIGIN } })
  expect([refused.statusCode, refused.headers]).toEqual([405, expect.objectContaining(cors)])
})

it.each(['/settings/?sdk_config=1', '/settings?recording=1&sdk_config=1&mp_lib=android-sr'])(
  '%s says that everything is on, to anybody (FLG-06)',
  async (url) => {
    const answer = await server.send({ url, headers: basic('any-token') })
    expect([answer.statusCode, answer.body]).toEqual([
      200,
      '{"recording":{"is_enabled":true,"error":null},' +
        '"sdk_config":{"config":{"record_sessions_percent":100},"error":null}}',
    ])
  },
)

describe('POST /record/ (FLG-07)', () => {
  const record = (payload: Buffer | string) =>
    server.send({
      method: 'POST',
      url: '/record/?format=gzip&distinct_id=u&seq=0&replay_id=r',
      headers: { ...basic('any-token'), 'content-type': 'application/octet-stream' },
      payload,
    })

  it('accepts a recording, throws it away and says so', async () => {
    const answer = await record(Buffer.from([0x1f, 0x8b, 0xff]))
    expect([answer.statusCode, answer.body]).toEqual([200, '{"code":200,"status":"OK"}'])
    expect(answer.headers['twinpanel-verdict']).toBe('1; replay.discarded')
  })

  it('has a JSON body whatever the status, and an end to what it takes', async () => {
    const tooLong = await record(Buffer.alloc(10_485_761))
    expect([tooLong.statusCode, tooLong.json().code]).toEqual([413, 413])
    const get = await server.send({ url: '/record/' })
    expect([get.statusCode, get.json().code]).toEqual([405, 405])
  })
})

it('an exposure is an event like any other (FLG-08)', async () => {
  const { token, project_id: id } = await server.createProject()
  const exposure = {
    'Experiment name': 'checkout',
    'Variant name': 'on',
    $experiment_type: 'feature_flag',
    $is_experiment_active: true,
  }
  const properties = { token, distinct_id: 'u', ...exposure }
  expect((await server.send(trackJson([{ event: '$experiment_started', properties }]))).body).toBe('1')
  const [event] = await server.readEvents(id)
  expect(event).toMatchObject({ event: '$experiment_started', distinct_id: 'u', properties: exposure })
})

describe('/_twin/projects/:project/flags', () => {
  it('is empty, is put, is read as put, and is emptied', async () => {
    const { project_id: id, token } = await server.createProject()
    const read = async () => (await server.send({ url: `/_twin/projects/${id}/flags` })).json()
    expect(await read()).toEqual({ flags: [] })
    const first = await put(token, { flags: [PRO_ONLY, CHECKOUT] })
    expect([first.statusCode, first.json()]).toEqual([200, await read()])
    expect((await read()).flags).toMatchObject([{ key: 'checkout' }, { key: 'pro only' }])
    expect((await put(id, await read())).json()).toEqual(await read())
    await put(token, { flags: [DISABLED] })
    expect((await read()).flags).toMatchObject([{ key: 'disabled', status: 'disabled' }])
    const emptied = await server.send({ method: 'DELETE', url: `/_twin/projects/${id}/flags` })
    expect([emptied.statusCode, emptied.body, await read()]).toEqual([204, '', { flags: [] }])
  })

  it('refuses what is no flag with a sentence, and keeps what was there', async () => {
    const { project_id: id } = await projectWith(CHECKOUT)
    const answer = await put(id, { flags: [PRO_ONLY, { key: 'bad', ruleset: { variants: [] } }] })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, PROBLEM])
    expect(answer.json().detail).toBe(
      'flags[1] ("bad").ruleset: variants must be a list of one variant or more.',
    )
    const kept = (await server.send({ url: `/_twin/projects/${id}/flags` })).json().flags
    expect(kept).toMatchObject([{ key: 'checkout' }])
    const nothing = await server.send({ method: 'PUT', url: `/_twin/projects/${id}/flags` })
    expect([nothing.statusCode, nothing.json().detail]).toEqual([400, 'The body must be an object.'])
  })

  it.each(['GET', 'PUT', 'DELETE'] as const)('%s of an unknown project is a 404', async (method) => {
    const url = '/_twin/projects/no-such-project/flags'
    const body = method === 'PUT' ? { payload: '{"flags":[]}', headers: JSON_TYPE } : {}
    const answer = await server.send({ method, url, ...body })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, PROBLEM])
  })

  it('flags outlive a reset, and not the project', async () => {
    const { project_id: id, token } = await projectWith(CHECKOUT)
    await server.send({ method: 'POST', url: `/_twin/projects/${id}/reset` })
    const kept = (await server.send({ url: `/_twin/projects/${id}/flags` })).json().flags
    expect(kept).toHaveLength(1)
    await server.send({ method: 'DELETE', url: `/_twin/projects/${id}` })
    expect((await server.createProject({ token })).token).toBe(token)
    const { rows } = await server.db.pool.query('select key from flag where project_id = $1', [id])
    expect(rows).toEqual([])
  })

  it('many at once leave the flags of one of them', async () => {
    const { project_id: id } = await server.createProject()
    const sets = Array.from({ length: 8 }, (_, n) => [`a${n}`, `b${n}`])
    const answers = await Promise.all(
      sets.map((keys) => put(id, { flags: keys.map((key) => ({ ...CHECKOUT, key })) })),
    )
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(sets.map(() => 200))
    const { flags } = (await server.send({ url: `/_twin/projects/${id}/flags` })).json()
    expect(sets).toContainEqual(flags.map(({ key }: { key: string }) => key))
  })
})
