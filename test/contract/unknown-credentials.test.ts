import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
} from '../support/server.ts'

/*
 * A test run whose programs keep the credentials of their real project: these give access to one project of the run,
 * where the server was started so. Everything else is checked as ever.
 */

let server: TestServer
let run: TestProject
let other: TestProject
beforeAll(async () => {
  server = await startServer({ projectForUnknownCredentials: 'of-the-run' })
  run = await server.createProject({ token: 'of-the-run' })
  other = await server.createProject()
})
afterAll(() => server.close())

const ACCOUNT = basic('importer.abc123.mp-service-account', 'of-the-real-project')
const SECRET = basic('the-real-secret')

const send = (name: string, headers: object, query = '') => {
  const record = { event: name, properties: { time: NOW_S - 60, distinct_id: 'u', $insert_id: name } }
  const request = importJson('', [record], `?strict=1${query}`)
  return server.send({ ...request, headers: { 'content-type': 'application/json', ...headers } })
}
const eventsOf = async ({ token }: TestProject) =>
  (await server.readEvents(token)).map(({ event }) => event).sort()

describe('credentials that no project has', () => {
  it('import into the project of the run, with any project_id that is unknown', async () => {
    expect((await send('account', ACCOUNT, '&project_id=2195193')).statusCode).toBe(200)
    expect((await send('secret', SECRET)).statusCode).toBe(200)
    expect(await eventsOf(run)).toEqual(['account', 'secret'])
  })

  it('read it: the export, and queries with their parameters in a form', async () => {
    const day = '2026-08-20'
    const read = await server.send({
      url: `/api/2.0/export?from_date=${day}&to_date=${day}&project_id=2195193`,
      headers: ACCOUNT,
    })
    expect(read.body.trim().split('\n')).toHaveLength(2)
    const query = await server.send({
      method: 'POST',
      url: '/api/query/engage?project_id=2195193',
      headers: { ...ACCOUNT, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'where=properties["x"]==1&page=-1',
    })
    expect([query.statusCode, query.body]).toEqual([400, expect.stringContaining('page')])
  })

  it('are refused for a project that exists', async () => {
    expect((await send('wrong', ACCOUNT, `&project_id=${other.project_id}`)).statusCode).toBe(401)
    expect((await send('wrong', SECRET, `&project_id=${other.project_id}`)).statusCode).toBe(401)
  })
})

describe('as ever', () => {
  it('right credentials give access to their own project, and none to none', async () => {
    expect((await send('own', basic(other.secret))).statusCode).toBe(200)
    expect(await eventsOf(other)).toEqual(['own'])
    expect((await send('none', {})).statusCode).toBe(401)
    expect((await send('bearer', { authorization: 'Bearer x' }, '&project_id=1')).statusCode).toBe(401)
  })
})
