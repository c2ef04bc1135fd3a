import { describe, expect, it } from 'vitest'
import {
  exportLine,
  type ReadableEvent,
  readableProperties,
} from '../../../../src/core/respond/event-line.ts'

const row: ReadableEvent = {
  distinctId: 'charlie "c" \u2028',
  canonicalId: 'charlie "c" \u2028',
  isReshuffled: false,
  event: 'Signed\n"up"',
  timeMs: 1_602_611_311_999,
  insertId: 'i-1',
  receivedAtMs: 1_602_625_711_874,
  sizeBytes: 119,
  isImported: false,
  propertiesJson: '{"plan":"é","n":1}',
}
const added =
  '"$mp_api_endpoint":"api.mixpanel.com","$mp_api_timestamp_ms":1602625711874,' +
  '"mp_processing_time_ms":1602625711874,"$mp_event_size":119'

const line = (change: Partial<ReadableEvent> = {}, isTimeInMs = false) =>
  exportLine({ ...row, ...change }, 'api.mixpanel.com', isTimeInMs)

describe('exportLine', () => {
  it('an event that counts for another id says which was its own (IDS-26)', () => {
    const { properties } = JSON.parse(line({ canonicalId: 'U1' }))
    expect(properties).toMatchObject({ distinct_id: 'U1', $distinct_id_before_identity: row.distinctId })
    expect(properties).not.toHaveProperty('$is_reshuffled')
  })

  it('and whether it was another user’s when it was stored (IDS-26)', () => {
    const { properties } = JSON.parse(line({ canonicalId: 'U1', isReshuffled: true }))
    expect(properties).toMatchObject({ $is_reshuffled: true, $preshuffle_distinct_id: row.distinctId })
  })

  it('is one JSON object with a line end, byte for byte (QRY-02)', () => {
    expect(line()).toBe(
      '{"event":"Signed\\n\\"up\\"","properties":{"time":1602611311,"distinct_id":"charlie \\"c\\" \u2028",' +
        `"$insert_id":"i-1",${added},"plan":"é","n":1}}\n`,
    )
  })

  it.each([
    [1_602_611_311_999, false, 1_602_611_311],
    [1_602_611_311_999, true, 1_602_611_311_999],
    [0, false, 0],
    [999, false, 0],
  ])('the time %i, in ms: %s, reads %i (QRY-03)', (timeMs, isTimeInMs, expected) => {
    expect(line({ timeMs }, isTimeInMs)).toContain(`{"time":${expected},`)
  })

  it('an imported event says so (IMP-24)', () => {
    expect(line({ isImported: true })).toContain(`${added},"$import":true,"plan"`)
    expect(line()).not.toContain('$import')
  })

  it('an event without properties of its own is a JSON object all the same (QRY-02)', () => {
    const { properties } = JSON.parse(line({ propertiesJson: '{}' })) as { properties: object }
    expect(Object.keys(properties)).toHaveLength(7)
    expect(line({ propertiesJson: '{}' }).endsWith('"$mp_event_size":119}}\n')).toBe(true)
  })
})

describe('readableProperties', () => {
  it('are those stored, after what the server adds (TRK-36)', () => {
    expect(readableProperties(row, 'api.mixpanel.com')).toBe(`{${added},"plan":"é","n":1}`)
    expect(readableProperties({ ...row, propertiesJson: '{}' }, 'api.mixpanel.com')).toBe(`{${added}}`)
  })

  it('name the endpoint that the project is set to (TRK-36)', () => {
    expect(JSON.parse(readableProperties(row, 'a"b'))).toMatchObject({ $mp_api_endpoint: 'a"b' })
  })
})
