import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOfClient } from '../../../../src/core/clients/client.ts'
import { type Arrival, recogniseClient } from '../../../../src/core/clients/recognise.ts'
import type { Json } from '../../../../src/core/json.ts'
import { hostileValue } from '../normalise/json-arbitraries.ts'

const ARRIVAL: Arrival = { encoding: 'json', isGzip: false, host: 'localhost:4100', userAgent: 'curl/8.14.1' }
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36'
const event = (properties: Json) => ({ event: 'E', properties })

describe('recogniseClient', () => {
  it.each<[string, Json, Partial<Arrival>, object]>([
    [
      'an event that names its SDK',
      event({ mp_lib: 'web', $lib_version: '2.83.0' }),
      { userAgent: CHROME },
      { lib: 'web', version: '2.83.0', userAgent: '' },
    ],
    ['one that names no version', event({ mp_lib: 'php' }), {}, { lib: 'php', version: '', userAgent: '' }],
    [
      'a profile update of Android',
      { $token: 'T', $set: { $android_lib_version: '8.9.0' } },
      { userAgent: 'Dalvik/2.1.0 (Linux; U; Android 15)' },
      { lib: 'android', version: '8.9.0', userAgent: '' },
    ],
    [
      'one of Swift',
      { $token: 'T', $set_once: { $ios_lib_version: '6.5.1' } },
      {},
      { lib: 'swift', version: '6.5.1' },
    ],
    [
      'any other, by its program',
      { $token: 'T', $set: { a: 1 } },
      {},
      { lib: 'curl', version: '8.14.1', userAgent: 'curl/8.14.1' },
    ],
    [
      'a program without a version',
      event({}),
      { userAgent: 'Ruby' },
      { lib: 'Ruby', version: '', userAgent: 'Ruby' },
    ],
    [
      'a browser',
      event({}),
      { userAgent: CHROME },
      { lib: 'browser', version: '', userAgent: 'Mozilla/5.0' },
    ],
    ['nobody', event({}), { userAgent: '' }, { lib: '', version: '', userAgent: '' }],
    ['a name that is no text', event({ mp_lib: 7, $lib_version: {} }), { userAgent: '' }, { lib: '' }],
    ['no object', 'text', {}, { lib: 'curl' }],
  ])('knows %s', (_name, record, arrival, expected) => {
    expect(recogniseClient(record, { ...ARRIVAL, ...arrival })).toMatchObject(expected)
  })

  it('tells how it came', () => {
    const own = { ...ARRIVAL, encoding: 'form base64', isGzip: true, host: 'API-EU.mixpanel.com' }
    expect(recogniseClient(event({ mp_lib: 'jdk' }), own)).toEqual({
      lib: 'jdk',
      version: '',
      encoding: 'form base64 gzip',
      host: 'api-eu.mixpanel.com',
      userAgent: '',
    })
  })

  it('keeps little of what is sent, in one line that Postgres can hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('\u0000', 'a\nb', '\ud800x'),
    )
    fc.assert(
      fc.property(text, text, text, text, hostileValue, (lib, version, host, userAgent, record) => {
        for (const sent of [event({ mp_lib: lib, $lib_version: version }), record]) {
          const key = recogniseClient(sent, { ...ARRIVAL, host, userAgent })
          const line = keyOfClient(key)
          expect(line.split('\n')).toHaveLength(5)
          expect(line.length).toBeLessThan(300)
          expect(line.isWellFormed()).toBe(true)
          expect(line).not.toContain('\u0000')
        }
      }),
    )
  })
})
