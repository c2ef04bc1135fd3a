import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, startServer, type TestProject, type TestServer } from '../support/server.ts'

/*
 * Who shows wrong credentials waits (SEC-08): by address, the admin token apart from secrets. Each case has an address of
 * its own.
 */

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer({ adminToken: 'right' })
  project = await server.createProject()
})
afterAll(() => server.close())

let cases = 0
/** Asks from an address that nobody had before. */
function newClient() {
  const remoteAddress = `192.0.2.${++cases}`
  return {
    ask: (url: string, authorization: string, more: InjectOptions = {}) =>
      server.send({ url, remoteAddress, headers: { authorization }, ...more }),
  }
}

const inADay = () => {
  const day = new Date(server.clock.nowMs).toISOString().slice(0, 10)
  return `from_date=${day}&to_date=${day}`
}

/** Every place that looks at a bearer token: what is asked there, and what is wrong about the answer. */
const PLACES = [
  ['/_twin', () => '/_twin/projects', {}],
  ['/metrics', () => '/metrics', {}],
  ['/import', () => `/import?project_id=${project.project_id}`, { method: 'POST', payload: '[]' }],
  ['the export', () => `/api/2.0/export?project_id=${project.project_id}&${inADay()}`, {}],
  ['queries', () => `/api/query/events/names?type=general&project_id=${project.project_id}`, {}],
  ['flags', () => `/flags?project_id=${project.project_id}&context=%7B%7D`, {}],
  ['lookup tables', () => `/lookup-tables?project_id=${project.project_id}`, {}],
  ['GDPR', () => `/api/app/data-deletions/v3.0?token=${project.token}`, {}],
] as const

describe.each(PLACES)('a wrong admin token at %s (SEC-08)', (_name, urlOf, how) => {
  it('is refused ten times, then its address waits, whatever it shows; the wait over, the right one opens', async () => {
    const url = urlOf()
    const { ask } = newClient()
    const statuses = []
    for (let n = 0; n < 12; n++) {
      statuses.push(
        (await ask(url, `Bearer wrong-${n}`, { ...how, headers: headersOf(`Bearer ${n}`) })).statusCode,
      )
    }
    expect(statuses).toEqual([...Array(11).fill(401), 429])
    const waits = await ask(url, '', { ...how, headers: headersOf('Bearer right') })
    expect([waits.statusCode, waits.headers['retry-after']]).toEqual([429, '1'])
    expect(waits.body).toContain('Too many wrong credentials came from this address: try again in 1 s.')
    server.clock.nowMs += 1_000
    const opens = await ask(url, '', { ...how, headers: headersOf('Bearer right') })
    expect([401, 429]).not.toContain(opens.statusCode)
  })
})

function headersOf(authorization: string) {
  return { authorization, 'content-type': 'application/json' }
}

it('the wait grows with what is wrong, and is nobody else’s (SEC-08)', async () => {
  const { ask } = newClient()
  for (let n = 0; n < 11; n++) await ask('/_twin/projects', `Bearer ${n}`)
  const waits = []
  for (let n = 0; n < 8; n++) {
    const { headers } = await ask('/_twin/projects', 'Bearer wrong')
    waits.push(Number(headers['retry-after']))
    server.clock.nowMs += Number(headers['retry-after']) * 1_000
    expect((await ask('/_twin/projects', 'Bearer wrong')).statusCode).toBe(401)
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 32, 60])
  expect((await newClient().ask('/_twin/projects', 'Bearer right')).statusCode).toBe(200)
})

it('whoever shows nothing has guessed nothing (SEC-08)', async () => {
  const { ask } = newClient()
  for (let n = 0; n < 30; n++) {
    expect((await ask('/_twin/projects', '', { headers: {} })).statusCode).toBe(401)
    expect((await ask('/_twin/projects', 'Basic eDp5')).statusCode).toBe(401)
  }
  expect((await ask('/_twin/projects', 'Bearer right')).statusCode).toBe(200)
})

const SECRET_PLACES = [
  ['/import', () => '/import', { method: 'POST', payload: '[]' }],
  ['the export', () => `/api/2.0/export?${inADay()}`, {}],
  ['queries', () => '/api/query/events/names?type=general', {}],
  ['flags', () => '/flags?context=%7B%7D', {}],
] as const

describe.each(SECRET_PLACES)('a wrong secret at %s (SEC-08, IMP-06)', (_name, urlOf, how) => {
  it('is refused 200 times at once; then only what was right before is looked at', async () => {
    const url = urlOf()
    const { ask } = newClient()
    const status = async (secret: string) => {
      const { authorization } = basic(secret)
      return (await ask(url, '', { ...how, headers: headersOf(authorization) })).statusCode
    }
    expect([401, 429]).not.toContain(await status(project.secret))
    const statuses = await Promise.all(Array.from({ length: 201 }, (_, n) => status(`wrong-${n}`)))
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect(await status('wrong')).toBe(429)
    expect([401, 429]).not.toContain(await status(project.secret))
    server.clock.nowMs += 1_000
    expect(await status('wrong')).toBe(401)
  })
})

it('wrong service accounts at /api/app/me too (SEC-08, QRY-20)', async () => {
  const { ask } = newClient()
  const { authorization } = basic('nobody.mp-service-account', 'x')
  for (let n = 0; n < 201; n++) await ask('/api/app/me', authorization)
  const waits = await ask('/api/app/me', authorization)
  expect([waits.statusCode, waits.headers['retry-after']]).toEqual([429, '1'])
  const { username, secret } = project.service_account
  const other = await newClient().ask('/api/app/me', basic(username, secret).authorization)
  expect(other.statusCode).toBe(200)
})

it('an SDK that asks for the flags of projects still to be made has guessed nothing (FLG-01)', async () => {
  const open = await startServer({ unknownTokens: 'create' })
  for (let n = 0; n < 250; n++) {
    const { authorization } = basic(`new-${n}`)
    const answer = await open.send({
      url: '/flags?context=%7B%22distinct_id%22%3A%22u%22%7D',
      headers: { authorization },
    })
    expect(answer.statusCode).toBe(200)
  }
  await open.close()
})
