import { BlockList, isIP } from 'node:net'
import { err, ok, type Result } from './core/result.ts'
import { VARIABLES, type Variable, type VariableName } from './variables.ts'

/** The environment: names to values. Empty values count as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The pino levels that `LOG_LEVEL` may take. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where the certificate for https comes from. */
export type TlsSource =
  | { readonly kind: 'files'; readonly certPath: string; readonly keyPath: string }
  | { readonly kind: 'self-signed' }

/** Each uses up to 21 connections to the database. */
export const MAX_WORKERS = 64

/** The configuration of the process. Paths are as given, not resolved. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly databaseUrl?: string
  readonly dataDir: string
  /** Free bytes on the disk of the embedded Postgres below which no records are taken. */
  readonly diskReserveBytes: number
  readonly adminToken?: string
  /** The admin token is created on the first start and kept in the data directory; `adminToken` is not set then. */
  readonly generatesAdminToken: boolean
  readonly unknownTokens: 'create' | 'drop'
  /** Pages on the internet can create projects too: if set explicitly, or if the server is not one developer's own. */
  readonly pagesMakeProjects: boolean
  readonly tokenBounds: { readonly perMinute: number; readonly inAll: number }
  /** In the form of Fastify's `trustProxy`: on, off, or a comma-separated list of addresses, CIDRs and range names. */
  readonly trustProxy: boolean | string
  /** The processes that answer requests; `auto` for as many as the processors can run. */
  readonly workers: number | 'auto'
  /** How long a stopping server answers before it closes connections, in ms. */
  readonly drainMs: number
  readonly geoipDatabase?: string
  readonly logLevel: LogLevel
  readonly tls?: TlsSource
}

/** An invalid value, a missing one, or one that conflicts with another. */
export interface ConfigError {
  readonly code: 'invalid' | 'missing' | 'conflict'
  readonly variable: VariableName
  /** A sentence that names the variable, the value (unless it is secret) and what is allowed. */
  readonly message: string
}

/** Parses the environment into a config. Errors: all of them, not just the first. Pure. */
export function parseConfig(env: Environment): Result<Config, readonly ConfigError[]> {
  const host = readHost(env)
  const port = readPort(env)
  const databaseUrl = readDatabaseUrl(env)
  const perMinute = readCount(env, 'TWINPANEL_NEW_TOKENS_PER_MINUTE')
  const inAll = readCount(env, 'TWINPANEL_NEW_TOKENS_MAX')
  const diskReserveMb = readCount(env, 'TWINPANEL_DISK_RESERVE_MB')
  const trustProxy = readTrustProxy(env)
  const adminToken = readAdminToken(env, host, trustProxy)
  const unknownTokens = readUnknownTokens(env)
  const [workers, drainMs] = [readWorkers(env), readDrainMs(env)]
  const geoipDatabase = read(env, 'TWINPANEL_GEOIP_DATABASE')
  const logLevel = readLogLevel(env)
  const tls = readTls(env)
  const allOk =
    host.ok &&
    port.ok &&
    databaseUrl.ok &&
    adminToken.ok &&
    unknownTokens.ok &&
    perMinute.ok &&
    inAll.ok &&
    diskReserveMb.ok &&
    trustProxy.ok &&
    workers.ok &&
    drainMs.ok &&
    logLevel.ok &&
    tls.ok
  if (!allOk) {
    const first = [host, port, databaseUrl, adminToken, unknownTokens, perMinute, inAll, diskReserveMb]
    return err([...first, trustProxy, workers, drainMs, logLevel, tls].flatMap(errorOf))
  }
  return ok({
    host: host.value,
    port: port.value,
    ...(databaseUrl.value === undefined ? {} : { databaseUrl: databaseUrl.value }),
    dataDir: read(env, 'TWINPANEL_DATA_DIR') ?? defaultOf('TWINPANEL_DATA_DIR'),
    diskReserveBytes: diskReserveMb.value * 1_048_576,
    ...(adminToken.value === undefined || adminToken.value === GENERATE
      ? {}
      : { adminToken: adminToken.value }),
    generatesAdminToken: adminToken.value === GENERATE,
    unknownTokens: unknownTokens.value,
    pagesMakeProjects: read(env, 'TWINPANEL_UNKNOWN_TOKENS') === 'create' || adminToken.value !== undefined,
    tokenBounds: { perMinute: perMinute.value, inAll: inAll.value },
    trustProxy: trustProxy.value,
    workers: workers.value,
    drainMs: drainMs.value,
    ...(geoipDatabase === undefined ? {} : { geoipDatabase }),
    logLevel: logLevel.value,
    ...(tls.value === undefined ? {} : { tls: tls.value }),
  })
}

function errorOf(parsed: Result<unknown, ConfigError>): readonly ConfigError[] {
  return parsed.ok ? [] : [parsed.error]
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine can reach a server that listens on `host` (an IP address or a host name). */
export function isLoopbackHost(host: string): boolean {
  const family = isIP(host)
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

type Read<T> = Result<T, ConfigError>

function read(env: Environment, name: VariableName): string | undefined {
  const value = env[name]?.trim()
  return value === '' ? undefined : value
}

function defaultOf(name: VariableName): string {
  const variable: Variable | undefined = VARIABLES.find((candidate) => candidate.name === name)
  return variable?.default ?? ''
}

function error(code: ConfigError['code'], variable: VariableName, message: string): Read<never> {
  return err({ code, variable, message })
}

function invalid(variable: VariableName, value: string, allowed: string): Read<never> {
  const shown = value.length > 100 ? `${value.slice(0, 100)}…` : value
  return error('invalid', variable, `${variable} is ${JSON.stringify(shown)}: it must be ${allowed}.`)
}

function readHost(env: Environment): Read<string> {
  const value = read(env, 'HOST') ?? defaultOf('HOST')
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  // Digits and dots alone are a mistyped address, not a name.
  const isName = new RegExp(`^${label}(\\.${label})*$`, 'i').test(value) && !/^[\d.]+$/.test(value)
  if (isIP(value) === 0 && !isName) {
    return invalid('HOST', value, 'an IP address (IPv6 without brackets) or a host name')
  }
  return ok(value)
}

function readPort(env: Environment): Read<number> {
  const value = read(env, 'PORT') ?? defaultOf('PORT')
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (!(port <= 65_535)) {
    return invalid('PORT', value, 'a whole number from 0 to 65535, where 0 means any free port')
  }
  return ok(port)
}

function readDatabaseUrl(env: Environment): Read<string | undefined> {
  const value = read(env, 'DATABASE_URL')
  if (value !== undefined && !(/^postgres(ql)?:\/\//i.test(value) && URL.canParse(value))) {
    const example = 'postgres://user:password@localhost:5432/twinpanel'
    const sentence = `DATABASE_URL must be a postgres:// or postgresql:// URL such as ${example}`
    return error(
      'invalid',
      'DATABASE_URL',
      `${sentence} (its value is not shown: it may contain a password).`,
    )
  }
  return ok(value)
}

/** The value of TWINPANEL_ADMIN_TOKEN for a token of the server's own. */
const GENERATE = 'generate'
/** Shorter tokens can be guessed, even with delays between guesses. */
const MIN_TOKEN_LENGTH = 20
const HOW_TO_MAKE_ONE = 'for example the output of openssl rand -hex 32'

/** An invalid HOST or list of proxies has its own error, and does not require a token. */
function readAdminToken(
  env: Environment,
  host: Read<string>,
  trustProxy: Read<boolean | string>,
): Read<string | undefined> {
  const name = 'TWINPANEL_ADMIN_TOKEN'
  const value = read(env, name)
  const proxies = trustProxy.ok && trustProxy.value !== false ? trustProxy.value : undefined
  // The sentence says why a token is required.
  const reason =
    host.ok && !isLoopbackHost(host.value)
      ? `HOST is ${JSON.stringify(host.value)}, which other machines can reach`
      : proxies &&
        `TWINPANEL_TRUST_PROXY is ${JSON.stringify(String(proxies))}, so other machines can connect through a proxy`
  if (value === undefined) {
    if (reason === undefined) return ok(undefined)
    const instead =
      proxies === undefined
        ? 'listen on a loopback address such as 127.0.0.1'
        : 'run the server without a proxy'
    const sentence = `${name} is not set, but ${reason}: set it to ${GENERATE}, or to a secret`
    return error('missing', name, `${sentence}, ${HOW_TO_MAKE_ONE}, or ${instead}.`)
  }
  if (value === GENERATE) return ok(value)
  if (!/^[\x21-\x7e]+$/.test(value)) {
    const sentence = `${name} must consist of visible ASCII characters without spaces, because it is sent in a header`
    return error('invalid', name, `${sentence} (its value is not shown).`)
  }
  if (reason !== undefined && value.length < MIN_TOKEN_LENGTH) {
    const sentence = `${name} is too short: ${reason}. It must have at least ${MIN_TOKEN_LENGTH} characters`
    return error('invalid', name, `${sentence}, ${HOW_TO_MAKE_ONE}.`)
  }
  return ok(value)
}

function readUnknownTokens(env: Environment): Read<'create' | 'drop'> {
  const value = read(env, 'TWINPANEL_UNKNOWN_TOKENS')
  if (value === undefined) return ok(read(env, 'DATABASE_URL') === undefined ? 'create' : 'drop')
  if (value === 'create' || value === 'drop') return ok(value)
  return invalid('TWINPANEL_UNKNOWN_TOKENS', value, 'create or drop')
}

function readCount(env: Environment, name: VariableName): Read<number> {
  const value = read(env, name) ?? defaultOf(name)
  return /^\d{1,9}$/.test(value) ? ok(Number(value)) : invalid(name, value, 'a whole number up to 999999999')
}

function readWorkers(env: Environment): Read<number | 'auto'> {
  const name = 'TWINPANEL_WORKERS'
  const value = read(env, name) ?? defaultOf(name)
  if (value === 'auto') return ok(value)
  const count = /^\d{1,2}$/.test(value) ? Number(value) : 0
  return count >= 1 && count <= MAX_WORKERS
    ? ok(count)
    : invalid(name, value, `auto or a whole number from 1 to ${MAX_WORKERS}`)
}

function readDrainMs(env: Environment): Read<number> {
  const name = 'TWINPANEL_DRAIN_SECONDS'
  const value = read(env, name) ?? defaultOf(name)
  const seconds = /^\d{1,3}(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  return seconds <= 300 ? ok(seconds * 1_000) : invalid(name, value, 'a number of seconds from 0 to 300')
}

function readTrustProxy(env: Environment): Read<boolean | string> {
  const value = read(env, 'TWINPANEL_TRUST_PROXY') ?? defaultOf('TWINPANEL_TRUST_PROXY')
  if (value === 'true' || value === 'false') return ok(value === 'true')
  const entries = value.split(',').map((entry) => entry.trim())
  const wrong = entries.find((entry) => !isProxyRange(entry))
  if (wrong !== undefined) {
    const allowed =
      'true, false, or a comma-separated list of IP addresses, CIDRs, loopback, linklocal and uniquelocal'
    const which = entries.length > 1 ? ` (invalid: ${JSON.stringify(wrong)})` : ''
    return invalid('TWINPANEL_TRUST_PROXY', value, `${allowed}${which}`)
  }
  return ok(entries.join(','))
}

function isProxyRange(entry: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(entry)) return true
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  // A prefix of 0 would trust every peer; `true` does that. Fastify refuses it too.
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32)
}

function readLogLevel(env: Environment): Read<LogLevel> {
  const value = read(env, 'LOG_LEVEL') ?? defaultOf('LOG_LEVEL')
  const level = LOG_LEVELS.find((candidate) => candidate === value)
  return level === undefined ? invalid('LOG_LEVEL', value, `one of ${LOG_LEVELS.join(', ')}`) : ok(level)
}

function readTls(env: Environment): Read<TlsSource | undefined> {
  const [mode, certPath, keyPath] = [read(env, 'TLS'), read(env, 'TLS_CERT'), read(env, 'TLS_KEY')]
  if (mode !== undefined && mode !== 'self-signed') {
    return invalid('TLS', mode, 'self-signed, or unset (TLS_CERT and TLS_KEY name files)')
  }
  if (mode !== undefined && (certPath !== undefined || keyPath !== undefined)) {
    const sentence = 'TLS is "self-signed", but TLS_CERT or TLS_KEY is set too'
    return error('conflict', 'TLS', `${sentence}: use one or the other.`)
  }
  if (mode !== undefined) return ok({ kind: 'self-signed' })
  if (certPath !== undefined && keyPath !== undefined) return ok({ kind: 'files', certPath, keyPath })
  if (certPath !== undefined) {
    return error('missing', 'TLS_KEY', 'TLS_CERT is set without TLS_KEY: set both, or neither.')
  }
  if (keyPath !== undefined) {
    return error('missing', 'TLS_CERT', 'TLS_KEY is set without TLS_CERT: set both, or neither.')
  }
  return ok(undefined)
}
