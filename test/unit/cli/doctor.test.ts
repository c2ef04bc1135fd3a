import { describe, expect, it } from 'vitest'
import { checkNames, checkProxies } from '../../../src/cli/doctor/check-surroundings.ts'
import { readSettings } from '../../../src/cli/doctor/read-settings.ts'

const HOST = 'localhost:4100'
const read = (file: string, text: string) => readSettings(file, text, HOST)

describe('the settings of SDKs', () => {
  it.each([
    [
      'a.ts',
      "import mixpanel from 'mixpanel-browser'\nmixpanel.init('t')",
      2,
      "mixpanel.init(token, { api_host: 'http://localhost:4100' })",
    ],
    ['a.html', "<script>mixpanel.init('t', {\n debug: true })", 1, "{ api_host: 'http://localhost:4100' }"],
    [
      'a.js',
      "const Mixpanel = require('mixpanel')\nMixpanel.init(t)",
      2,
      "{ host: 'localhost:4100', protocol: 'http' }",
    ],
    ['a.tsx', "import { Mixpanel } from 'mixpanel-react-native'\nnew Mixpanel(t)", 2, '10.0.2.2:4100'],
    ['A.swift', 'Mixpanel.initialize(token: "t")', 1, 'serverURL: "http://localhost:4100"'],
    ['A.kt', 'MixpanelAPI.getInstance(this, "t", true)', 1, '.serverURL("http://10.0.2.2:4100")'],
    ['A.java', 'new MixpanelAPI()', 1, '"http://localhost:4100/track"'],
    ['a.dart', 'await Mixpanel.init("t")', 1, 'serverURL: "http://localhost:4100"'],
    [
      'a.py',
      'from mixpanel import Mixpanel\n\nmp = Mixpanel("t")',
      3,
      'import_url="http://localhost:4100/import"',
    ],
    ['a.rb', "Mixpanel::Tracker.new('t')", 1, 'Mixpanel::Consumer.new("http://localhost:4100/track"'],
    ['a.go', 'mixpanel.NewApiClient("t")', 1, 'mixpanel.ProxyApiLocation("http://localhost:4100")'],
    ['a.php', "$mp = Mixpanel::getInstance('t');", 1, "['host' => 'localhost:4100', 'use_ssl' => false]"],
    ['.env', 'A=1\nVITE_MIXPANEL_TOKEN=abc', 2, 'VITE_MIXPANEL_TOKEN=my-app'],
    ['a.ts', "fetch('https://api-eu.mixpanel.com/track')", 1, 'in place of https://api-eu.mixpanel.com'],
    ['package.json', '{\n"mixpanel-import": "1"\n}', 2, 'exec --intercept'],
  ])('are found, with the line to write: %s %s', (file, text, line, fix) => {
    expect(read(file, text)).toMatchObject([
      { file, line, isPointed: false, fix: expect.stringContaining(fix) },
    ])
  })

  it.each([
    ['a.ts', "mixpanel.init('t', {\n  debug: true,\n  api_host: url })"],
    ['a.js', "import Mixpanel from 'mixpanel'\nMixpanel.init('t', { host: h })"],
    ['a.php', "Mixpanel::getInstance('t', ['host' => $h])"],
    ['a.py', 'import mixpanel\nmixpanel.Mixpanel("t", consumer=Consumer(\n  events_url=base))'],
  ])('that name a server are left as they are: %s %s', (file, text) => {
    expect(read(file, text)).toMatchObject([{ isPointed: true }])
  })

  it.each([
    ['a.py', 'mp = Mixpanel("t")'],
    ['a.ts', "// mixpanel.init('t')"],
    ['.env', '# MIXPANEL_TOKEN=x'],
    ['package.json', '{"dependencies":{\n"mixpanel": "1"\n}}'],
    ['a.swift', "mixpanel.init('t')"],
  ])('are none: %s %s', (file, text) => {
    expect(read(file, text)).toEqual([])
  })

  it('are shown without their secrets, and with what is unexpected about the SDK', () => {
    const [setting] = read('a.rb', "Mixpanel::Tracker.new('0123456789abcdef0123456789abcdef')")
    expect(setting?.text).toBe("Mixpanel::Tracker.new('0123…')")
    expect(setting?.pitfalls.join()).toContain('use_ssl')
  })
})

describe('the surroundings', () => {
  it.each([
    [{}, 0],
    [{ HTTP_PROXY: 'http://p' }, 1],
    [{ https_proxy: 'http://p', NO_PROXY: 'example.com' }, 1],
    [{ HTTP_PROXY: 'http://p', no_proxy: 'example.com,localhost' }, 0],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: '*' }, 0],
  ])('have a proxy that gets requests to this machine: %o', (env, notes) => {
    expect(checkProxies(env)).toHaveLength(notes)
  })

  it('have a variable that is misspelt', () => {
    const checks = checkNames({ TWINPANEL_ADMINTOKEN: 'x', TWINPANEL_URL: 'u', TWINPANEL_DATA_DIR: 'd' }, [
      'TWINPANEL_ADMIN_TOKEN',
      'TWINPANEL_DATA_DIR',
    ])
    expect(checks).toMatchObject([{ status: 'note', advice: 'Did you mean TWINPANEL_ADMIN_TOKEN?' }])
  })
})
