import { describe, expect, it } from 'vitest'
import { readOptions } from '../../../src/package/options.ts'

/** Options as JavaScript allows them. */
const read = (options: object) => readOptions(options)

describe('the options of startTwinpanel', () => {
  it.each([
    [{}, { port: 0, host: '127.0.0.1', logLevel: 'silent' }, true],
    [{ dataDir: undefined }, { port: 0 }, true],
    [
      { dataDir: '/data', port: 4100, log: 'info' },
      { dataDir: '/data', port: 4100, logLevel: 'info' },
      false,
    ],
    [{ databaseUrl: 'postgres://localhost/x' }, { databaseUrl: 'postgres://localhost/x' }, false],
  ])('%j', (options, config, isEphemeral) => {
    expect(read(options)).toMatchObject({ ok: true, value: { config, isEphemeral } })
  })

  it.each([
    [false, undefined],
    [true, { passThrough: [], project: undefined }],
    [
      { passThrough: ['A.com'], project: 'my-app' },
      { passThrough: ['a.com'], project: 'my-app' },
    ],
  ])('intercept: %j', (intercept, settings) => {
    expect(read({ intercept })).toMatchObject({ ok: true, value: { intercept: settings } })
  })

  it('do not come from the environment', () => {
    process.env['DATABASE_URL'] = 'postgres://localhost/the-application'
    const { value } = read({}) as { value?: { config: { databaseUrl?: string } } }
    delete process.env['DATABASE_URL']
    expect(value?.config.databaseUrl).toBeUndefined()
  })

  it.each([
    [{ ports: 1 }, 'startTwinpanel has no option "ports". Did you mean port?'],
    [{ constructor: 1 }, 'startTwinpanel has no option "constructor". Known: host, port, '],
    [{ port: 65_536 }, 'port is "65536": it must be a whole number'],
    [{ port: -1 }, 'port is "-1": '],
    [{ log: true }, 'log is "true": it must be one of trace, '],
    [{ host: '0.0.0.0' }, 'adminToken is not set, but host is "0.0.0.0"'],
    [{ intercept: { passtrough: [] } }, 'intercept has no option "passtrough". Did you mean passThrough?'],
    [
      { intercept: { passThrough: ['https://a.com'] } },
      '"https://a.com" cannot be let through: it must be a host',
    ],
    [{ intercept: { passThrough: '*' } }, 'passThrough must be a list of hosts'],
    [{ intercept: { project: 'two words' } }, 'The project is "two words": it must be a token'],
    [{ databaseUrl: 'mysql://x' }, 'databaseUrl must be a postgres:// or postgresql:// URL'],
  ])('wrong ones are refused by their own names: %j', (options, message) => {
    const result = read(options)
    expect(result.ok ? '' : result.error.slice(0, message.length)).toBe(message)
  })
})
