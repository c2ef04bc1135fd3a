import { describe, expect, it } from 'vitest'
import {
  type Client,
  joinClients,
  keyOfClient,
  OTHERS,
  standsForOthers,
} from '../../../../src/core/clients/client.ts'
import { isOlder } from '../../../../src/core/clients/version.ts'

const KEY = { lib: 'web', version: '1', encoding: 'json', host: 'h', userAgent: '' }

describe('two sightings of a client', () => {
  const early: Client = {
    ...KEY,
    endpoints: ['/engage', '/track'],
    firstSeenMs: 1,
    lastSeenMs: 5,
    requests: 2,
    records: 3,
  }
  const late: Client = {
    ...early,
    endpoints: ['/import', '/engage'],
    firstSeenMs: 4,
    lastSeenMs: 9,
    records: 40,
  }
  const around: Client = { ...late, firstSeenMs: 0 }

  it.each([
    ['the later one second', early, late, [1, 9]],
    ['the later one first', late, early, [1, 9]],
    ['one around the other', around, early, [0, 9]],
    ['one within the other', early, around, [0, 9]],
  ])(
    'are one from the first to the last, with all that either has: %s',
    (_order, a, b, [firstSeenMs, lastSeenMs]) => {
      expect(joinClients(a, b)).toEqual({
        ...KEY,
        endpoints: ['/engage', '/import', '/track'],
        firstSeenMs,
        lastSeenMs,
        requests: 4,
        records: 43,
      })
    },
  )

  it('are of one client where each part of its key is the same', () => {
    for (const part of Object.keys(KEY)) {
      expect([part, keyOfClient({ ...KEY, [part]: 'other' })]).not.toEqual([part, keyOfClient(KEY)])
    }
    expect([standsForOthers(OTHERS), standsForOthers({ ...OTHERS, host: 'h' })]).toEqual([true, false])
  })
})

describe('isOlder', () => {
  it.each([
    ['0.23.9', '0.24.0', true],
    ['0.24.0', '0.24.0', false],
    ['0.24.1', '0.24.0', false],
    ['0.9.0', '0.10', true],
    ['1', '1.0.1', true],
    ['1.0.1', '1', false],
    ['1.0', '1', false],
    ['v1.2.3-beta.1', '1.2.4', true],
    ['1.2.3+5', '1.2.3', false],
    ['1.2.3.4.5', '1.2.3.4.6', true],
    ['1.2.3.4.5.6', '2', false],
    ['latest', '1', false],
    ['1', 'latest', false],
    ['', '1', false],
  ])('%j is older than %j: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected)
  })
})
