import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import type { Json } from '../../src/core/json.ts'
import { hostileProperties, hostileText, hostileValue } from '../unit/core/normalise/json-arbitraries.ts'

/** JSON that keeps what JSON.stringify would lose: numbers beyond a double, and minus zero. */
export function toText(value: Json): string {
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return '-0'
    return Number.isFinite(value) ? String(value) : `${value < 0 ? '-' : ''}1e400`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(toText).join(',')}]`
  const members = Object.entries(value).map(([name, own]) => `${JSON.stringify(name)}:${toText(own)}`)
  // Each name twice now and then: the last one wins.
  return `{${(members.length % 5 === 4 ? [...members, ...members] : members).join(',')}}`
}

/** Mostly the first, so that most requests get far; now and then the second. */
function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })
}

const eventName = fc.oneof(
  hostileText.map((text) => `e${text}`),
  fc.constantFrom('E', '$identify', '$create_alias', '$merge', '__proto__'),
)
const oddTime = fc.oneof(fc.constantFrom<Json>(null, 'x', 1e300, -1e300, '1e400', 0), hostileValue)
const knownProperties = (token: string) =>
  fc.record(
    {
      token: mostly(fc.constant<Json>(token), fc.constantFrom<Json>('unknown', 7, '', 'x'.repeat(10_000))),
      time: mostly(
        fc.integer({ min: -300_000, max: 600 }).map((s): Json => Date.now() / 1_000 + s),
        oddTime,
      ),
      distinct_id: mostly<Json>(hostileText, hostileValue),
      $insert_id: mostly<Json>(fc.uuid(), fc.oneof(hostileText, hostileValue), 2),
      $user_id: mostly<Json>(hostileText, hostileValue),
      $device_id: mostly<Json>(hostileText, hostileValue),
      $ignore: mostly<Json>(fc.constantFrom(null, false), hostileValue),
      ip: hostileValue,
    },
    { requiredKeys: ['token', 'time', '$insert_id'] },
  )

function record(token: string): fc.Arbitrary<Json> {
  const properties = fc
    .tuple(hostileProperties, knownProperties(token))
    .map(([own, ids]): Json => ({ ...own, ...ids }))
  const beside = mostly(fc.constant({}), hostileProperties)
  const whole = fc
    .tuple(mostly<Json>(eventName, hostileValue), properties, beside)
    .map(([event, own, more]): Json => ({ ...more, event, properties: own }))
  return mostly(whole, hostileValue, 12)
}

/** The text of a payload: records good and bad, any JSON, or no JSON at all. */
function payload(token: string): fc.Arbitrary<string> {
  const records = fc.array(record(token), { maxLength: 4 })
  return fc.oneof(
    { weight: 12, arbitrary: records.map(toText) },
    { weight: 2, arbitrary: records.map((all) => all.map(toText).join('\n')) },
    { weight: 1, arbitrary: hostileValue.map(toText) },
    { weight: 1, arbitrary: hostileText },
  )
}

type Wrap = (json: string) => string
const base64: Wrap = (json) => Buffer.from(json).toString('base64')
const wraps: readonly Wrap[] = [
  (json) => encodeURIComponent(json.toWellFormed()),
  (json) => encodeURIComponent(base64(json)),
  base64,
  (json) => Buffer.from(json).toString('base64url'),
  (json) => json,
  (json) => `%zz%${json.slice(0, 50)}%E0%A4%A`,
]

type Pack = (body: Buffer) => { readonly encoding?: string; readonly body: Buffer }
const plain: Pack = (body) => ({ body })
const packs: readonly Pack[] = [
  (body) => ({ encoding: '', body }),
  (body) => ({ encoding: 'identity', body }),
  (body) => ({ encoding: 'gzip', body: gzipSync(body) }),
  (body) => ({ encoding: ' GZIP ', body: gzipSync(body) }),
  (body) => ({ encoding: 'gzip', body }),
  (body) => ({ encoding: 'gzip', body: gzipSync(body).subarray(0, -9) }),
  (body) => ({ encoding: 'gzip', body: Buffer.concat([gzipSync(body), gzipSync(body)]) }),
  (body) => ({ encoding: 'gzip', body: Buffer.concat([gzipSync(body), Buffer.from('trailing garbage')]) }),
  (body) => ({ encoding: 'gzip, gzip', body: gzipSync(gzipSync(body)) }),
  (body) => ({ encoding: 'deflate', body: deflateSync(body) }),
  (body) => ({ encoding: 'br', body }),
]

export const contentTypes: readonly (string | undefined)[] = [
  undefined,
  '',
  'application/json',
  'application/json; charset=utf8',
  'application/json;;;=;charset="',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded;charset=utf8',
  'text/plain;charset=UTF-8',
  'multipart/form-data; boundary=',
  'application/octet-stream',
  'a',
  '/',
  'é/ü',
  'x'.repeat(2_000),
]

const flag = fc.constantFrom('0', '1', '2', 'true', '', 'x')
const params = fc.record(
  {
    verbose: flag,
    img: flag,
    ip: flag,
    test: flag,
    strict: flag,
    callback: fc.oneof(fc.constantFrom('cb', 'a.b[0]', '(function(){})', 'alert(1)'), hostileText),
    redirect: fc.oneof(fc.constantFrom('https://example.com/ä?b', 'javascript:1', 'http://['), hostileText),
    project_id: fc.oneof(fc.constantFrom('1', '-1', '99999999999'), hostileText),
    api_key: hostileText,
    _: fc.constant('1700000000000'),
  },
  { requiredKeys: [] },
)

function authorization(token: string): fc.Arbitrary<string | undefined> {
  const basic = (text: string) => `Basic ${base64(text)}`
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(basic(`${token}:`)) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.tuple(hostileText, hostileText).map(([user, secret]) => basic(`${user}:${secret}`)),
    },
    { weight: 1, arbitrary: hostileText.map((user) => basic(`${user}.mp-service-account:x`)) },
    { weight: 1, arbitrary: fc.base64String().map((text) => `Bearer ${text}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('Basic', 'Basic ::::', 'Basic ==', 'Digest x', `Basic ${token}:`),
    },
  )
}

/** Places in a body, and the byte to put there. */
type Spots = readonly (readonly [number, number])[]

/** Changes a few bytes of a body, wherever they stand. */
function damage(body: Buffer, spots: Spots): Buffer {
  const damaged = Buffer.from(body)
  for (const [at, byte] of spots) if (damaged.length > 0) damaged[at % damaged.length] = byte
  return damaged
}

const paths = [
  '/track',
  '/track/',
  '//track//',
  '/track%23anchor',
  '/import',
  '/import/',
  '/decide',
  '/decide/',
]
const methods = ['GET', 'GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const

/** Any request of an ingestion route that HTTP itself has nothing against. */
export function request(token: string): fc.Arbitrary<InjectOptions> {
  return fc
    .record({
      method: mostly(fc.constant('POST' as const), fc.constantFrom(...methods), 4),
      path: fc.constantFrom(...paths),
      query: params,
      form: params,
      json: payload(token),
      wrap: mostly<Wrap | undefined>(fc.constant(undefined), fc.constantFrom(...wraps), 1),
      isInQuery: mostly(fc.constant(false), fc.constant(true), 4),
      pack: mostly(fc.constant(plain), fc.constantFrom(...packs), 1),
      type: fc.constantFrom(...contentTypes),
      authorization: authorization(token),
      spots: mostly<Spots>(fc.constant([]), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })),
    })
    .map((own) => {
      const wrapped = own.wrap === undefined ? own.json : own.wrap(own.json)
      const form = new URLSearchParams(own.form)
      const text = own.wrap === undefined ? wrapped : `data=${wrapped}&${form}`
      const { encoding, body } = own.pack(damage(Buffer.from(own.isInQuery ? '' : text), own.spots))
      const query = new URLSearchParams(own.query)
      if (own.isInQuery) query.set('data', wrapped.slice(0, 20_000))
      return {
        method: own.method,
        url: `${own.path}?${query}`,
        headers: {
          ...(own.type !== undefined && { 'content-type': own.type }),
          ...(encoding !== undefined && { 'content-encoding': encoding }),
          ...(own.authorization !== undefined && { authorization: own.authorization }),
        },
        ...(own.method !== 'GET' && own.method !== 'HEAD' && { payload: body }),
      }
    })
}
