import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Config, type Environment, isLoopbackHost, parseConfig } from '../../src/config.ts'
import { VARIABLES, type Variable } from '../../src/variables.ts'

const TOKEN = 'a-token-of-20-chars.'

const defaults: Config = {
  host: '127.0.0.1',
  port: 4100,
  dataDir: './.twinpanel',
  generatesAdminToken: false,
  unknownTokens: 'create',
  pagesMakeProjects: false,
  tokenBounds: { perMinute: 6_000, inAll: 100_000 },
  trustProxy: false,
  workers: 1,
  diskReserveBytes: 256 * 1_048_576,
  drainMs: 0,
  logLevel: 'warn',
}

function messagesOf(env: Environment): readonly string[] {
  const result = parseConfig(env)
  return result.ok ? [] : result.error.map((fault) => fault.message)
}

describe('an environment that is right', () => {
  const databaseUrl = 'postgres://user:pass@db.example:5432/twinpanel?sslmode=require'
  const cases: readonly [string, Environment, Partial<Config>][] = [
    ['nothing at all', {}, {}],
    ['empty and blank values, which count as unset', { HOST: '', PORT: '  ', TLS: '', DATABASE_URL: '' }, {}],
    ['any free port', { PORT: '0' }, { port: 0 }],
    ['the last port', { PORT: '65535' }, { port: 65_535 }],
    ['a host name that is this machine', { HOST: 'localhost' }, { host: 'localhost' }],
    ['IPv6 loopback', { HOST: '::1' }, { host: '::1' }],
    [
      'all addresses, with a token',
      { HOST: '0.0.0.0', TWINPANEL_ADMIN_TOKEN: TOKEN },
      { host: '0.0.0.0', adminToken: TOKEN, pagesMakeProjects: true },
    ],
    [
      'all addresses and proxies, with a generated token',
      { HOST: '0.0.0.0', TWINPANEL_TRUST_PROXY: 'true', TWINPANEL_ADMIN_TOKEN: 'generate' },
      { host: '0.0.0.0', trustProxy: true, generatesAdminToken: true, pagesMakeProjects: true },
    ],
    [
      'a short token, on loopback',
      { TWINPANEL_ADMIN_TOKEN: 'x' },
      { adminToken: 'x', pagesMakeProjects: true },
    ],
    [
      'a database, where unknown tokens are dropped',
      { DATABASE_URL: databaseUrl },
      { databaseUrl, unknownTokens: 'drop' },
    ],
    [
      'the other scheme, and unknown tokens created all the same',
      { DATABASE_URL: 'postgresql://db/x', TWINPANEL_UNKNOWN_TOKENS: 'create' },
      { databaseUrl: 'postgresql://db/x', unknownTokens: 'create', pagesMakeProjects: true },
    ],
    [
      'a database on a Unix socket',
      { DATABASE_URL: 'postgres:///x?host=/run/postgresql' },
      { databaseUrl: 'postgres:///x?host=/run/postgresql', unknownTokens: 'drop' },
    ],
    [
      'how many projects unknown tokens may make',
      { TWINPANEL_NEW_TOKENS_PER_MINUTE: '0', TWINPANEL_NEW_TOKENS_MAX: '999999999' },
      { tokenBounds: { perMinute: 0, inAll: 999_999_999 } },
    ],
    ['drop on the embedded database', { TWINPANEL_UNKNOWN_TOKENS: 'drop' }, { unknownTokens: 'drop' }],
    ['another data directory', { TWINPANEL_DATA_DIR: '/srv/twin panel' }, { dataDir: '/srv/twin panel' }],
    [
      'any proxy, with a token',
      { TWINPANEL_TRUST_PROXY: 'true', TWINPANEL_ADMIN_TOKEN: TOKEN },
      { trustProxy: true, adminToken: TOKEN, pagesMakeProjects: true },
    ],
    ['no proxy, said so', { TWINPANEL_TRUST_PROXY: 'false' }, {}],
    [
      'named proxies',
      { TWINPANEL_TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8 ,192.0.2.1', TWINPANEL_ADMIN_TOKEN: TOKEN },
      { trustProxy: 'loopback,10.0.0.0/8,fd00::/8,192.0.2.1', adminToken: TOKEN, pagesMakeProjects: true },
    ],
    ['a process per core', { TWINPANEL_WORKERS: 'auto' }, { workers: 'auto' }],
    ['several processes', { TWINPANEL_WORKERS: '64' }, { workers: 64 }],
    ['a load balancer to wait for', { TWINPANEL_DRAIN_SECONDS: '2.5' }, { drainMs: 2_500 }],
    ['no log', { LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    ['https with a certificate of its own', { TLS: 'self-signed' }, { tls: { kind: 'self-signed' } }],
    [
      'https with files',
      { TLS_CERT: 'a.pem', TLS_KEY: 'b.pem' },
      { tls: { kind: 'files', certPath: 'a.pem', keyPath: 'b.pem' } },
    ],
    ['variables of others', { NODE_ENV: 'production', PGHOST: 'elsewhere' }, {}],
  ]
  it.each(cases)('%s', (_name, env, expected) => {
    expect(parseConfig(env)).toEqual({ ok: true, value: { ...defaults, ...expected } })
  })
})

describe('an invalid value is refused with a sentence that names it and what is allowed', () => {
  const port = 'it must be a whole number from 0 to 65535, where 0 means any free port.'
  const host = 'it must be an IP address (IPv6 without brackets) or a host name.'
  const proxy =
    'it must be true, false, or a comma-separated list of IP addresses, CIDRs, loopback, linklocal and uniquelocal'
  const url =
    'DATABASE_URL must be a postgres:// or postgresql:// URL such as ' +
    'postgres://user:password@localhost:5432/twinpanel (its value is not shown: it may contain a password).'
  const cases: readonly [Environment, string][] = [
    [{ PORT: '65536' }, `PORT is "65536": ${port}`],
    [{ TWINPANEL_WORKERS: '0' }, 'TWINPANEL_WORKERS is "0": it must be auto or a whole number from 1 to 64.'],
    [
      { TWINPANEL_WORKERS: '65' },
      'TWINPANEL_WORKERS is "65": it must be auto or a whole number from 1 to 64.',
    ],
    [
      { TWINPANEL_DRAIN_SECONDS: '301' },
      'TWINPANEL_DRAIN_SECONDS is "301": it must be a number of seconds from 0 to 300.',
    ],
    [
      { TWINPANEL_DRAIN_SECONDS: '5s' },
      'TWINPANEL_DRAIN_SECONDS is "5s": it must be a number of seconds from 0 to 300.',
    ],
    [{ PORT: '-1' }, `PORT is "-1": ${port}`],
    [{ PORT: '80.5' }, `PORT is "80.5": ${port}`],
    [{ PORT: '0x50' }, `PORT is "0x50": ${port}`],
    [{ PORT: 'http' }, `PORT is "http": ${port}`],
    [{ HOST: '[::1]' }, `HOST is "[::1]": ${host}`],
    [{ HOST: '127.0.0' }, `HOST is "127.0.0": ${host}`],
    [{ HOST: 'http://localhost' }, `HOST is "http://localhost": ${host}`],
    [{ DATABASE_URL: 'mysql://root:hunter2@db/x' }, url],
    [{ DATABASE_URL: 'hunter2' }, url],
    [{ DATABASE_URL: 'postgres://user:pass@host:port/x' }, url],
    [
      { TWINPANEL_NEW_TOKENS_MAX: '-1' },
      'TWINPANEL_NEW_TOKENS_MAX is "-1": it must be a whole number up to 999999999.',
    ],
    [{ TWINPANEL_UNKNOWN_TOKENS: 'keep' }, 'TWINPANEL_UNKNOWN_TOKENS is "keep": it must be create or drop.'],
    [{ TWINPANEL_TRUST_PROXY: 'yes' }, `TWINPANEL_TRUST_PROXY is "yes": ${proxy}.`],
    [{ TWINPANEL_TRUST_PROXY: '0.0.0.0/0' }, `TWINPANEL_TRUST_PROXY is "0.0.0.0/0": ${proxy}.`],
    [
      { TWINPANEL_TRUST_PROXY: 'loopback,10.0.0.0/33' },
      `TWINPANEL_TRUST_PROXY is "loopback,10.0.0.0/33": ${proxy} (invalid: "10.0.0.0/33").`,
    ],
    [
      { LOG_LEVEL: 'verbose' },
      'LOG_LEVEL is "verbose": it must be one of trace, debug, info, warn, error, fatal, silent.',
    ],
    [{ TLS: 'on' }, 'TLS is "on": it must be self-signed, or unset (TLS_CERT and TLS_KEY name files).'],
    [
      { TLS: 'self-signed', TLS_KEY: 'b.pem' },
      'TLS is "self-signed", but TLS_CERT or TLS_KEY is set too: use one or the other.',
    ],
    [{ TLS_CERT: 'a.pem' }, 'TLS_CERT is set without TLS_KEY: set both, or neither.'],
    [{ TLS_KEY: 'b.pem' }, 'TLS_KEY is set without TLS_CERT: set both, or neither.'],
    [
      { HOST: '0.0.0.0' },
      'TWINPANEL_ADMIN_TOKEN is not set, but HOST is "0.0.0.0", which other machines can reach: set it to ' +
        'generate, or to a secret, for example the output of openssl rand -hex 32, or listen on a loopback address ' +
        'such as 127.0.0.1.',
    ],
    ...['true', 'loopback', '10.0.0.0/8'].map((proxies): [Environment, string] => [
      { TWINPANEL_TRUST_PROXY: proxies },
      `TWINPANEL_ADMIN_TOKEN is not set, but TWINPANEL_TRUST_PROXY is "${proxies}", so other machines can connect ` +
        'through a proxy: set it to generate, or to a secret, for example the output of openssl rand -hex 32, or run ' +
        'the server without a proxy.',
    ]),
    [
      { HOST: '0.0.0.0', TWINPANEL_ADMIN_TOKEN: TOKEN.slice(1) },
      'TWINPANEL_ADMIN_TOKEN is too short: HOST is "0.0.0.0", which other machines can reach. It must have at ' +
        'least 20 characters, for example the output of openssl rand -hex 32.',
    ],
    [
      { TWINPANEL_TRUST_PROXY: 'loopback', TWINPANEL_ADMIN_TOKEN: 'x' },
      'TWINPANEL_ADMIN_TOKEN is too short: TWINPANEL_TRUST_PROXY is "loopback", so other machines can connect ' +
        'through a proxy. It must have at least 20 characters, for example the output of openssl rand -hex 32.',
    ],
    [
      { TWINPANEL_ADMIN_TOKEN: 'two words' },
      'TWINPANEL_ADMIN_TOKEN must consist of visible ASCII characters without spaces, because it is sent in a header ' +
        '(its value is not shown).',
    ],
  ]
  it.each(cases)('%j', (env, message) => {
    expect(messagesOf(env)).toEqual([message])
  })

  it('all of them at once, in the order of the schema', () => {
    const result = parseConfig({
      PORT: 'x',
      HOST: '10.0.0.1',
      LOG_LEVEL: 'x',
      TLS: 'x',
      TWINPANEL_TRUST_PROXY: 'x',
    })
    expect(result.ok ? [] : result.error.map(({ variable, code }) => [variable, code])).toEqual([
      ['PORT', 'invalid'],
      ['TWINPANEL_ADMIN_TOKEN', 'missing'],
      ['TWINPANEL_TRUST_PROXY', 'invalid'],
      ['LOG_LEVEL', 'invalid'],
      ['TLS', 'invalid'],
    ])
  })

  it('a secret is never in a sentence', () => {
    const env = { DATABASE_URL: 'mysql://u:hunter2@h/x', TWINPANEL_ADMIN_TOKEN: 'hunter2 ', HOST: '10.0.0.1' }
    expect(messagesOf({ ...env, TWINPANEL_ADMIN_TOKEN: 'hunter2 hunter2' }).join()).not.toContain('hunter2')
  })

  it('a very long value is cut', () => {
    expect(messagesOf({ PORT: '9'.repeat(5_000) }).join().length).toBeLessThan(250)
  })
})

describe('a loopback host', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LocalHost'])(
    '%s is one',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true)
    },
  )
  it.each(['0.0.0.0', '::', '10.0.0.1', 'fe80::1%eth0', '::ffff:10.0.0.1', 'localhost.example', '128.0.0.1'])(
    '%s is none',
    (host) => {
      expect(isLoopbackHost(host)).toBe(false)
    },
  )
})

describe('.env.example', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  const entries = [...text.matchAll(/^# (.+)\n# ([A-Z_]+)=(.*)$/gm)].map(([, description, name, value]) => ({
    name,
    description,
    value,
  }))

  it('lists every variable of the schema in its order, with its description and default', () => {
    const schema: readonly Variable[] = VARIABLES
    expect(entries).toEqual(
      schema.map((variable) => ({
        name: variable.name,
        description: variable.description,
        value: variable.default ?? '',
      })),
    )
  })

  it('sets nothing by itself, and as a whole is a right environment', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
    const env = Object.fromEntries(entries.map(({ name, value }) => [name, value]))
    expect(parseConfig(env)).toEqual({ ok: true, value: defaults })
  })
})
