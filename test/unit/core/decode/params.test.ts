import { describe, expect, it } from 'vitest'
import { isOn, joinParams, parseForm, parseQuery } from '../../../../src/core/decode/params.ts'

describe('joinParams', () => {
  it.each([
    ['the query alone', 'verbose=1', undefined, '1'],
    ['the form alone', '', 'verbose=2', '2'],
    ['the query over the form', 'verbose=0', 'verbose=1', '0'],
    ['an empty value of the query over the form', 'verbose=', 'verbose=1', ''],
    ['the first of several in the query', 'verbose=1&verbose=0', undefined, '1'],
    ['the first of several in the form', '', 'verbose=1&verbose=0', '1'],
    ['nothing where neither has it', 'ip=1', 'img=1', undefined],
  ])('reads %s (TRK-05)', (_name, query, form, expected) => {
    const params = joinParams(parseForm(query), form === undefined ? undefined : parseForm(form))
    expect(params.get('verbose')).toBe(expected)
  })
})

describe('parseQuery', () => {
  it.each([
    ['/track', undefined],
    ['/track?', undefined],
    ['/track?data=a', 'a'],
    ['/track/?_=1700000000000&data=a', 'a'],
    ['/track?data=a?b=c', 'a?b=c'],
    ['/track?data=a%2Bb', 'a+b'],
    ['/track?data=a+b', 'a b'],
    ['/track?data=%zz', '%zz'],
    ['/track?data=%', '%'],
    ['/track?data=%C3', '\uFFFD'],
    ['/track?data', ''],
    ['?data=a', 'a'],
  ])('reads data of %s (TRK-02)', (url, expected) => {
    expect(parseQuery(url).get('data') ?? undefined).toBe(expected)
  })
})

describe('isOn', () => {
  it.each([
    ['1', true],
    ['2', true],
    ['true', true],
    ['0', false],
    ['', false],
    ['false', false],
    ['11', false],
    [undefined, false],
  ])('a parameter of %j is on: %s (TRK-09)', (value, expected) => {
    expect(isOn(value)).toBe(expected)
  })
})
