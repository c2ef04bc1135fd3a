import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/log.ts'

/** Logs one line and returns it, parsed and as text. */
function logged(fields: object): { readonly line: Record<string, unknown>; readonly text: string } {
  let text = ''
  createLogger('info', { write: (line) => (text += line) }).info(fields, 'said')
  return { line: JSON.parse(text) as Record<string, unknown>, text }
}

describe('the log', () => {
  it.each([
    { authorization: 'hidden' },
    { headers: { authorization: 'hidden', 'proxy-authorization': 'hidden', cookie: 'hidden' } },
    { reply: { headers: { 'set-cookie': 'hidden' } } },
    { project: { token: 'hidden', secret: 'hidden' } },
    { config: { adminToken: 'hidden', databaseUrl: 'hidden' } },
    { body: 'hidden', data: 'hidden', records: ['hidden'] },
    { request: { body: { event: 'hidden' } } },
  ])('holds no secret and no body: %j', (fields) => {
    expect(logged(fields).text).not.toContain('hidden')
    expect(logged(fields).text).toContain('[redacted]')
  })

  it('tells a request by its route and the names in its query (SEC-01)', () => {
    const req = {
      method: 'GET',
      url: '/_twin/projects/hidden/events?data=hidden&verbose=1',
      routeOptions: { url: '/_twin/projects/:project/events' },
      headers: { authorization: 'hidden' },
      body: 'hidden',
      ip: '127.0.0.1',
    }
    expect(logged({ req }).line).toMatchObject({
      req: { method: 'GET', route: '/_twin/projects/:project/events', query: ['data', 'verbose'] },
    })
    expect(logged({ req }).text).not.toContain('hidden')
  })

  it('tells an error without the row that Postgres adds to it (SEC-01)', () => {
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (token)=(hidden) exists',
    })
    const { line, text } = logged({ err: new Error('no commit', { cause: error }) })
    expect(line).toMatchObject({
      err: { message: 'no commit', cause: { message: 'duplicate key', code: '23505' } },
    })
    expect(text).not.toContain('hidden')
  })

  it('says nothing below its level', () => {
    let text = ''
    createLogger('warn', { write: (line) => (text += line) }).info('quiet')
    expect(text).toBe('')
  })
})
