import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AttackedServer, MAX_WAIT_MS, startAttackedServer } from './attacked-server.ts'

/*
 * Requests of which little is sent and much is made: each is answered, without a 5xx, while another client hardly waits.
 */

let server: AttackedServer
let project: { readonly project_id: number; readonly secret: string }
beforeAll(async () => {
  server = await startAttackedServer()
  const made = await fetch(`${server.url}/_twin/projects`, { method: 'POST' })
  project = (await made.json()) as typeof project
})
afterAll(() => server.close())

const MB = 1_048_576
/** A payload's limit, less what stands around it. */
const PAYLOAD = 10 * MB - 20_000
const filling = (bytes: number, text: string) => text.repeat(Math.floor(bytes / text.length))
const names = (count: number) => Array.from({ length: count }, (_, n) => `"n${n.toString(36)}":0`).join()
const record = (properties: string) => `{"event":"E","properties":{"token":"T",${properties}}}`
const list = (item: string) => `[${filling(PAYLOAD, `${item},`)}1]`

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const NDJSON = 'application/x-ndjson'

/** What a body holds, by name; it is sent as gzip. */
const bodies: Readonly<Record<string, readonly [type: string, body: () => string | Uint8Array]>> = {
  'a form of a million names': [FORM, () => 'a&'.repeat(1_000_000)],
  'a form of fifteen million names': [FORM, () => filling(30 * MB, 'a&')],
  'a form of separators': [FORM, () => filling(30 * MB, '&')],
  'a form of one endless name': [FORM, () => filling(30 * MB, 'a')],
  'plus signs and a broken escape': [FORM, () => `data=${filling(30 * MB, '+')}%`],
  'escapes of bytes that are no UTF-8': [FORM, () => `data=${filling(30 * MB, '%ED')}`],
  'base64 with blanks': [FORM, () => `data=${filling(12 * MB, 'A+')}`],
  'base64 that is none at its end': [FORM, () => `data=${filling(12 * MB, 'A')}*`],
  'a million small records': [JSON_TYPE, () => `[${'{"a":[]},'.repeat(1_000_000)}1]`],
  'records of objects': [JSON_TYPE, () => list(record(`"p":[${'{},'.repeat(2_000)}1]`))],
  'records of many names': [JSON_TYPE, () => list(record(names(700)))],
  'records of very many names': [JSON_TYPE, () => list(record(names(30_000)))],
  'a record of a million names': [JSON_TYPE, () => `[${record(names(1_000_000))}]`],
  'records of long texts': [JSON_TYPE, () => list(record(`"p":"${'x'.repeat(5_200)}"`))],
  'five million levels': [JSON_TYPE, () => filling(PAYLOAD / 2, '[') + filling(PAYLOAD / 2, ']')],
  'a list of numbers': [JSON_TYPE, () => `[${record(`"p":${list('1')}`)}]`],
  'a list that ends nowhere': [JSON_TYPE, () => `[${filling(PAYLOAD, '"",')}`],
  'a text of escapes': [JSON_TYPE, () => `["${filling(PAYLOAD, '\\u0000')}"]`],
  'a text that ends nowhere': [JSON_TYPE, () => `["${filling(PAYLOAD, 'x')}`],
  'high surrogates': [JSON_TYPE, () => Buffer.alloc(PAYLOAD, Buffer.from([0xed, 0xa0, 0x80]))],
  'a text of bytes that are no UTF-8': [
    JSON_TYPE,
    () => Buffer.concat([Buffer.from('["'), Buffer.alloc(PAYLOAD, 0xff), Buffer.from('"]')]),
  ],
  anything: [JSON_TYPE, () => randomBytes(PAYLOAD)],
  'five million lines': [NDJSON, () => filling(PAYLOAD, 'x\n')],
  'blank lines': [NDJSON, () => filling(PAYLOAD, '\n')],
  'lines of objects': [NDJSON, () => filling(PAYLOAD, `${record(`"p":[${'{},'.repeat(2_000)}1]`)}\n`)],
}

/** Each is sent to several paths. */
const compressed = new Map<string, Buffer>()

const ofForms = Object.keys(bodies).filter((name) => bodies[name]?.[0] === FORM)
const ofJson = Object.keys(bodies).filter((name) => bodies[name]?.[0] === JSON_TYPE)
const ofLines = Object.keys(bodies).filter((name) => bodies[name]?.[0] === NDJSON)

/** Sends a request and tells how it went while another client asked for the server's health. */
async function attack(path: string, init: RequestInit) {
  let status = 0
  const wait = await server.longestWait(async () => {
    const answer = await fetch(`${server.url}${path}`, init)
    await answer.text()
    status = answer.status
  })
  return { status, workMs: wait.workMs }
}

const bySecret = () => `Basic ${Buffer.from(`${project.secret}:`).toString('base64')}`

/** The request of an attack, with a secret or without. */
function requestOf(name: string, isOwn: boolean): RequestInit {
  const [type, body] = bodies[name] ?? [JSON_TYPE, () => '']
  const sent = compressed.get(name) ?? gzipSync(body())
  compressed.set(name, sent)
  const authorization = bySecret()
  const headers = { 'content-type': type, 'content-encoding': 'gzip', ...(isOwn && { authorization }) }
  return { method: 'POST', headers, body: sent }
}

describe('a small request that inflates holds up nobody: (DEC-07)', () => {
  it.each([
    ...[...ofForms, ...ofJson].map((name) => ['/track', name] as const),
    ...ofJson.map((name) => ['/engage', name] as const),
    ['/groups', 'a form of a million names'] as const,
    ...[...ofJson, ...ofLines].map((name) => ['/import?strict=1', name] as const),
  ])('%s: %s', { timeout: 60_000 }, async (path, name) => {
    const { status, workMs } = await attack(path, requestOf(name, path.startsWith('/import')))
    expect(status).toBeLessThan(500)
    expect(workMs).toBeLessThan(MAX_WAIT_MS)
  })
})

describe('who may not is told so before a body is read: (SEC-03)', () => {
  it.each([
    ['/import', 'five million lines', 401],
    ['/import', 'records of very many names', 401],
    ['/api/query/engage', 'a form of a million names', 401],
    ['/flags?token=nobody%20has%20it', 'records of very many names', 401],
    ['/flags', 'records of very many names', 413],
  ])('%s: %s is a %i', async (path, name, expected) => {
    const { status, workMs } = await attack(path, requestOf(name, false))
    expect(status).toBe(expected)
    expect(workMs).toBeLessThan(MAX_WAIT_MS)
  })
})

describe('a body of our own API holds up nobody: (DEC-07)', () => {
  const records = (text: string) => `{"records":[${filling(4 * MB - 500_000, `${text},`)}1]}`
  it.each([
    ['two thousand records of two kilobytes', records(record(`"p":"${'x'.repeat(1_800)}"`)), 200],
    ['records of many properties', `{"records":[${`${record(names(40))},`.repeat(1_999)}1]}`, 200],
    ['records of very many names', records(record(names(30_000))), 413],
    ['levels', `{"records":${'['.repeat(2_000_000)}`, 413],
  ])('%s, to be explained', async (_name, body, expected) => {
    const headers = { 'content-type': JSON_TYPE }
    const { status, workMs } = await attack('/_twin/explain', { method: 'POST', headers, body })
    expect(status).toBe(expected)
    expect(workMs).toBeLessThan(MAX_WAIT_MS)
  })
})

it('a cell of 900,000 digits and a letter in a lookup table holds up nobody (LKP-04)', async () => {
  const { project_id: id } = project
  const made = await fetch(`${server.url}/_twin/projects/${id}/lookup-tables`, {
    method: 'POST',
    headers: { 'content-type': JSON_TYPE },
    body: JSON.stringify({ name: 'Accounts', id: 'accounts' }),
  })
  expect(made.status).toBe(201)
  const body = gzipSync(`id,value\n1,${'1'.repeat(900_000)}x\n`)
  const headers = { authorization: bySecret(), 'content-type': 'text/csv', 'content-encoding': 'gzip' }
  const request = { method: 'PUT', headers, body }
  const { status, workMs } = await attack(`/lookup-tables/accounts?project_id=${id}`, request)
  expect(status).toBe(200)
  expect(workMs).toBeLessThan(MAX_WAIT_MS)
})

describe('a URL of 800,000 names holds up nobody: (TRK-25)', () => {
  it.each([
    ['/track', 200],
    ['/api/2.0/export', 401],
    ['/api/query/segmentation', 401],
    ['/lookup-tables', 401],
    ['/flags', 401],
    ['/_twin/verdicts/unrouted', 400],
  ])('%s is a %i', async (path, expected) => {
    const { status, workMs } = await attack(`${path}?${'a&'.repeat(400_000)}`, {})
    expect(status).toBe(expected)
    expect(workMs).toBeLessThan(MAX_WAIT_MS)
  })
})
