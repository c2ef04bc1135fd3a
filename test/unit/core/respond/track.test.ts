import { describe, expect, it } from 'vitest'
import { parseForm } from '../../../../src/core/decode/params.ts'
import { isCallbackName, replyToTrack } from '../../../../src/core/respond/track.ts'

const GIF = '4749463839610100010080000000000000000021f90401000000002c00000000010001000002024401003b'

function reply(query: string, error: string | null = null, mayRedirect = true) {
  const { body, ...head } = replyToTrack(parseForm(query), { error }, mayRedirect)
  return { ...head, body: typeof body === 'string' ? body : Buffer.from(body).toString('hex') }
}
const text = (body: string) => ({ status: 200, contentType: 'text/plain', body })
const json = (body: string) => ({ status: 200, contentType: 'application/json', body })
const script = (body: string) => ({
  status: 200,
  contentType: 'text/javascript',
  body,
  headers: { 'x-content-type-options': 'nosniff' },
})
const pixel = { status: 200, contentType: 'image/gif', headers: { 'cache-control': 'no-store' }, body: GIF }
const redirect = (location: string) => ({
  status: 302,
  contentType: 'text/plain',
  headers: { location },
  body: '',
})

const NO_DATA = 'data, missing or empty'

describe('replyToTrack', () => {
  it.each([
    ['', null, text('1')],
    ['', NO_DATA, text('0')],
    ['verbose=0', null, text('1')],
    ['test=1', null, text('1')],
    ['strict=1', NO_DATA, text('0')],
  ])('"%s" with error %j (TRK-08)', (query, error, expected) => {
    expect(reply(query, error)).toEqual(expected)
  })

  it.each([
    ['verbose=1', null, json('{"error":null,"status":1}')],
    ['verbose=1', NO_DATA, json('{"error":"data, missing or empty","status":0}')],
    ['verbose=1', 'a "quoted" \u2028 text', json('{"error":"a \\"quoted\\" \u2028 text","status":0}')],
    ['verbose=true', null, json('{"error":null,"status":1}')],
  ])('"%s" with error %j (TRK-09)', (query, error, expected) => {
    expect(reply(query, error)).toEqual(expected)
  })

  it('verbose=2 adds nothing here (TRK-10)', () => {
    expect(reply('verbose=2')).toEqual(json('{"error":null,"status":1}'))
  })

  it.each([null, NO_DATA])('img=1 is a GIF of 43 bytes, error %j (TRK-11)', (error) => {
    expect(reply('img=1', error)).toEqual(pixel)
    expect(GIF).toHaveLength(86)
  })

  it.each([
    ['callback=cb', null, script('cb(1);')],
    ['callback=cb', NO_DATA, script('cb(0);')],
    ['callback=cb&verbose=1', null, script('cb({"error":null,"status":1});')],
    ['callback=cb&verbose=1', NO_DATA, script('cb({"error":"data, missing or empty","status":0});')],
    ['callback=(function(){})', null, script('(function(){})(1);')],
    ['callback=a.b[0]', null, script('a.b[0](1);')],
    ['callback=alert(1)', null, text('1')],
    ['callback=', null, text('1')],
    ['callback=%3Cscript%3E&verbose=1', null, json('{"error":null,"status":1}')],
  ])('"%s" with error %j (TRK-12)', (query, error, expected) => {
    expect(reply(query, error)).toEqual(expected)
  })

  it.each([
    ['https://example.com/a?b=c#d', redirect('https://example.com/a?b=c#d')],
    ['http://example.com', redirect('http://example.com/')],
    ['https://example.com/ä\r\nX-Injected: 1', redirect('https://example.com/%C3%A4X-Injected:%201')],
    ['/relative', text('1')],
    ['//example.com', text('1')],
    ['javascript:alert(1)', text('1')],
    ['data:text/html,x', text('1')],
    ['ftp://example.com', text('1')],
    ['https://', text('1')],
    ['', text('1')],
  ])('redirect=%j (TRK-14)', (target, expected) => {
    expect(reply(`redirect=${encodeURIComponent(target)}`)).toEqual(expected)
  })

  it('a shared server does not redirect (TRK-14)', () => {
    expect(reply('redirect=https%3A%2F%2Fexample.com', null, false)).toEqual(text('1'))
  })

  it.each([
    ['redirect=https%3A%2F%2Fexample.com&img=1&callback=cb&verbose=1', redirect('https://example.com/')],
    ['img=1&callback=cb&verbose=1', pixel],
    ['callback=cb&verbose=1', script('cb({"error":null,"status":1});')],
    ['verbose=1', json('{"error":null,"status":1}')],
  ])('"%s" (TRK-16)', (query, expected) => {
    expect(reply(query)).toEqual(expected)
  })
})

describe('isCallbackName', () => {
  it.each([
    'cb',
    '$',
    '_',
    'a1',
    'window.app.done',
    'cbs[0]',
    'cbs[12].done',
    "cbs['a']",
    'cbs["a"]["b"].c',
    '(function(){})',
    'x'.repeat(255),
  ])('takes %s (TRK-12)', (name) => {
    expect(isCallbackName(name)).toBe(true)
  })

  it.each([
    '',
    '1a',
    'a b',
    'a.',
    '.a',
    'a..b',
    'a[b]',
    'a[',
    'a["b\']',
    'a["]"]',
    'alert(1)',
    'a;b',
    'a//',
    'a\n',
    'a\u2028',
    'é',
    '(function(){alert(1)})',
    '(function(){})()',
    '<script>',
    'x'.repeat(256),
    `${'a.'.repeat(127)}!`,
  ])('refuses %j (SEC-11)', (name) => {
    expect(isCallbackName(name)).toBe(false)
  })
})
