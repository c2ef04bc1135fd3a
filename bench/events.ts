import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../src/core/json.ts'

/** An event as the browser SDK sends it. */
export interface SentEvent {
  readonly event: string
  readonly properties: JsonObject
}

const HOUR_MS = 3_600_000
const PEOPLE = 20_000
const NAMES = ['Page View', 'Sign Up', 'Purchase', '$mp_web_page_view']
const CITIES = ['Berlin', 'München', 'São Paulo', 'Oslo', 'Kraków']

/**
 * `count` different events of about 600 bytes: the properties that mixpanel-browser adds and a few of an app, two in
 * three from people who are signed in, of the hour before `nowMs`. The same for the same `nowMs` and seed, so that runs can
 * be compared.
 */
export function makeEvents(count: number, nowMs: number, seed = 20_260_101): SentEvent[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, index) => makeEvent(index, nowMs, random))
}

function makeEvent(index: number, nowMs: number, random: () => number): SentEvent {
  const person = Math.floor(random() * PEOPLE)
  const device = `19a3${person.toString(16).padStart(8, '0')}-0d1c7a5e0b9f3c-1b525636-1fa400`
  const isSignedIn = person % 3 > 0
  return {
    event: NAMES[index % NAMES.length] ?? '',
    properties: {
      $os: 'Mac OS X',
      $browser: 'Chrome',
      $current_url: `https://example.com/products/${index % 1_000}?utm_source=newsletter&utm_campaign=autumn`,
      $browser_version: 141,
      $screen_height: 982,
      $screen_width: 1512,
      mp_lib: 'web',
      $lib_version: '2.83.0',
      $insert_id: hex(random) + hex(random),
      time: nowMs - Math.floor(random() * HOUR_MS),
      distinct_id: isSignedIn ? `user-${person}` : `$device:${device}`,
      $device_id: device,
      ...(isSignedIn && { $user_id: `user-${person}` }),
      $initial_referrer: 'https://www.google.com/',
      $initial_referring_domain: 'www.google.com',
      plan: person % 5 === 0 ? 'pro' : 'free',
      city: CITIES[index % CITIES.length] ?? '',
      amount: Math.round(random() * 10_000) / 100,
      items: index % 7,
      returning: index % 2 === 0,
      experiments: ['checkout-b', 'search-a'],
    },
  }
}

function hex(random: () => number): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')
}

/** Mulberry32: numbers in [0, 1), the same ones for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A request of strict /import with these events, gzipped, authenticated by the project token. */
export function importRequest(token: string, events: readonly SentEvent[]): Buffer {
  return postRequest('/import?strict=1', gzipSync(JSON.stringify(events)), {
    Authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}`,
    'Content-Type': 'application/json',
    'Content-Encoding': 'gzip',
  })
}

/** A request of /track with one event, as the browser SDK sends it without batching: a form with base64. */
export function trackRequest(token: string, { event, properties }: SentEvent): Buffer {
  const time = Number(properties['time'])
  const record = { event, properties: { ...properties, time: time / 1_000, token } }
  const data = Buffer.from(JSON.stringify(record)).toString('base64')
  return postRequest(`/track/?ip=1&_=${time}`, Buffer.from(`data=${encodeURIComponent(data)}`), {
    'Content-Type': 'application/x-www-form-urlencoded',
    Origin: 'https://example.com',
    'User-Agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/141.0.0.0',
  })
}

function postRequest(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries({ Host: 'localhost', ...headers, 'Content-Length': String(body.length) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`), body])
}
