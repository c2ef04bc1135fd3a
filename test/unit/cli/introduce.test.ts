import { describe, expect, it } from 'vitest'
import { introduce } from '../../../src/cli/introduce.ts'
import { PLAIN, styleFor } from '../../../src/cli/style.ts'
import { type Environment, parseConfig } from '../../../src/config.ts'

function shown(url: string, env: Environment, isWindows = false): string {
  const config = parseConfig(env)
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join())
  const server = { url, dataDir: env['DATABASE_URL'] === undefined ? '/data' : undefined }
  return introduce({ server, config: config.value, isEphemeral: false, isWindows }, PLAIN)
}

const ADMIN = 'a'.repeat(20)

describe('the introduction', () => {
  it('has the page, the data and a first event', () => {
    const text = shown('http://127.0.0.1:4100', {})
    expect(text).toContain('page   http://127.0.0.1:4100/_twin/\n')
    expect(text).toContain('data   /data\n')
    expect(text).toContain(
      `curl 'http://127.0.0.1:4100/track?verbose=1' -H 'Content-Type: application/json' \\\n`,
    )
  })

  it.each([
    [
      'a self-signed certificate',
      'https://127.0.0.1:1',
      { TLS: 'self-signed' },
      `curl -k 'https://127.0.0.1:1/track`,
    ],
    ['an IPv6 address', 'http://[::1]:1', { HOST: '::1' }, `curl 'http://[::1]:1/track`],
    [
      'all addresses',
      'http://0.0.0.0:1',
      { HOST: '0.0.0.0', TWINPANEL_ADMIN_TOKEN: ADMIN },
      `curl 'http://localhost:1/track`,
    ],
    [
      'a project to create first, as an administrator',
      'http://h:1',
      { DATABASE_URL: 'postgres://h/d', TWINPANEL_ADMIN_TOKEN: ADMIN },
      `-H "Authorization: Bearer $TWINPANEL_ADMIN_TOKEN" \\\n    -d '{"token":"my-app"}'`,
    ],
  ])('has commands that work with %s', (_name, url, env, command) => {
    expect(shown(url, env)).toContain(command)
    expect(shown(url, env)).not.toContain(ADMIN)
  })

  it('has commands of one line and double quotes for Windows', () => {
    expect(shown('http://h:1', {}, true)).toContain(
      `curl "http://h:1/track?verbose=1" -H "Content-Type: application/json" -d "[{\\"event\\":\\"Signed up\\",`,
    )
  })
})

describe('colours', () => {
  it.each([
    ['at a terminal', {}, true, true],
    ['not elsewhere', {}, false, false],
    ['not with NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['not at a dumb terminal', { TERM: 'dumb' }, true, false],
    ['anywhere with FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
  ])('are there %s', (_name, env, isTerminal, isColoured) => {
    expect(styleFor(env, isTerminal).bad('x') !== 'x').toBe(isColoured)
  })
})
