import { describe, expect, it } from 'vitest'
import { locateRecords, parseRecords } from '../../../../src/core/decode/parse-records.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'

function parse(text: string, isNdjson = false) {
  const located = runAtOnce(locateRecords(Buffer.from(text), isNdjson))
  if (!located.ok) throw new Error(located.error.code)
  const parsed = runAtOnce(parseRecords(located.value))
  if (!parsed.ok) throw new Error(parsed.error.code)
  return { records: parsed.value.records, rounded: Object.fromEntries(parsed.value.rounded) }
}

const event = (properties: string) => `{"event":"a","properties":${properties}}`
const ofOne = (properties: string) =>
  parse(event(properties)).rounded[0]?.map(({ path, stored }) => [path, stored])

describe('ids keep the digits they were sent with (IDS-16)', () => {
  const NAMES = ['distinct_id', '$distinct_id', '$user_id', '$device_id', '$anon_id', '$anon_distinct_id']
  it.each([...NAMES, '$identified_id', '$insert_id'])('%s of an event', (name) => {
    for (const id of [
      '157963456373623802',
      '157963456373623803',
      '-9007199254740993',
      '100000000000000000000001',
    ]) {
      expect(parse(event(`{"${name}":${id}}`))).toEqual({
        records: [{ event: 'a', properties: { [name]: id } }],
        rounded: {},
      })
    }
  })

  it.each(['$distinct_id', '$group_id'])('%s of a profile', (name) => {
    expect(parse(`{"${name}": 157963456373623802, "$set": {}}`).records).toEqual([
      { [name]: '157963456373623802', $set: {} },
    ])
  })

  it('an alias of a $create_alias; elsewhere it is a property', () => {
    const alias = '{"alias":157963456373623802}'
    expect(parse(`{"event":"$create_alias","properties":${alias}}`).records).toEqual([
      { event: '$create_alias', properties: { alias: '157963456373623802' } },
    ])
    expect(ofOne(alias)).toEqual([['alias', '157963456373623800']])
  })

  it.each(['9007199254740991', '1234567890123456', '1234567890.5'])('%s stays a number', (id) => {
    expect(parse(event(`{"distinct_id":${id}}`)).records).toEqual([
      { event: 'a', properties: { distinct_id: Number(id) } },
    ])
  })

  it('only where an id can be', () => {
    expect(ofOne('{"order":{"distinct_id":157963456373623802}}')).toEqual([
      ['order.distinct_id', '157963456373623800'],
    ])
  })
})

describe('numbers that a double rounds are listed (PRP-19)', () => {
  it.each([
    ['9007199254740993', '9007199254740992'],
    ['157963456373623808', '157963456373623800'],
    ['-12345678901234567890', '-12345678901234567000'],
    ['1234567890123456.7890', '1234567890123456.8'],
    ['52.123456789012345678', '52.123456789012344'],
    ['1.2345678901234567890e10', '12345678901.234568'],
  ])('%s becomes %s', (sent, stored) => {
    expect(parse(event(`{"n":${sent}}`)).rounded).toEqual({ 0: [{ path: 'n', sent, stored }] })
  })

  it.each([
    '9007199254740992',
    '100000000000000000000000',
    '0.1000000000000000055511151231257827',
    '0.30000000000000004',
    '0.1234567890123456789012345678901234567890'.slice(0, 18),
    '1e400',
    '1700000000000',
    '1000000000000000.0',
  ])('%s does not', (sent) => expect(parse(event(`{"n":${sent}}`)).rounded).toEqual({}))

  it('with its path, and only the first ten of a record', () => {
    expect(ofOne('{"cart":{"prices":[1,9007199254740993]}}')).toEqual([['cart.prices.1', '9007199254740992']])
    expect(ofOne(`{"list":[${Array(50).fill('9007199254740993').join(',')}]}`)).toHaveLength(10)
    expect(parse('{"$set":{"n":9007199254740993}}').rounded[0]?.[0]?.path).toBe('$set.n')
  })

  it('not a time, nor digits in a text', () => {
    expect(ofOne('{"time":1700000000123456789,"$time":1700000000123456789}')).toBeUndefined()
    expect(parse(event('{"a":" 9007199254740993","b":"x 12345678901234567890"}'))).toEqual({
      records: [{ event: 'a', properties: { a: ' 9007199254740993', b: 'x 12345678901234567890' } }],
      rounded: {},
    })
  })

  it.each([
    ['a list', (records: readonly string[]) => `[${records.join(', ')}]`, false],
    ['a large list', (records: readonly string[]) => `[${records.join(',')}${' '.repeat(70_000)}]`, false],
    ['NDJSON', (records: readonly string[]) => records.join('\n'), true],
  ])('by the record of %s', (_name, join, isNdjson) => {
    const records = ['{"n":1}', event('{"n":9007199254740993}'), event('{"distinct_id":9007199254740993}')]
    const parsed = parse(join(records), isNdjson)
    expect(parsed.rounded).toEqual({
      1: [{ path: 'n', sent: '9007199254740993', stored: '9007199254740992' }],
    })
    expect(parsed.records[2]).toEqual({ event: 'a', properties: { distinct_id: '9007199254740993' } })
  })

  it('but not of a record that is too deep or too large to look at', () => {
    const deep = `${'['.repeat(9_000)}9007199254740993${']'.repeat(9_000)}`
    expect(parse(`{"n":${deep}}`).rounded).toEqual({})
    const large = `{"a":"${'x'.repeat(1_100_000)}","n":9007199254740993}`
    expect(parse(large).records).toEqual([JSON.parse(large)])
  })

  it('hostile names are names like others', () => {
    expect(parse('{"__proto__":{"n":9007199254740993}}').rounded[0]?.[0]?.path).toBe('__proto__.n')
  })
})
