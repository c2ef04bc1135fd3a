import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type InterceptingTwinpanel, startTwinpanel } from '../../src/package/start-twinpanel.ts'
import { launchChromium } from '../sdk/support/chromium.ts'
import { startSite } from '../sdk/support/site.ts'
import { until } from '../support/server-process.ts'
import { event, eventsOf, isInstalled, listed, run } from './support/clients.ts'

/*
 * Programs that send to Mixpanel's hosts, and reach Twinpanel through its proxy: with nothing but the variables that
 * `exec --intercept` sets, or, for a browser, with its own options.
 */

let twinpanel: InterceptingTwinpanel
beforeAll(async () => {
  twinpanel = await startTwinpanel({ intercept: { project: 'for-unknown' } })
})
afterAll(() => twinpanel.stop())

const root = fileURLToPath(new URL('../../', import.meta.url))
const node = (program: string) =>
  run(process.execPath, ['-e', program], { ...twinpanel.intercept.env, TWINPANEL_URL: twinpanel.url })

describe('clients that know no other host', () => {
  it('the Node SDK sends everything to Twinpanel, imports with its secret too', async () => {
    const program = `
      const Mixpanel = require('${join(root, 'node_modules/mixpanel')}')
      const told = (what) => (error) => console.log(what, error ?? 'ok')
      const sdk = Mixpanel.init('node-sdk')
      sdk.track('Signed up', { distinct_id: 'u' }, told('track'))
      sdk.people.set('u', { plan: 'pro' }, told('people'))
      Mixpanel.init('node-sdk', { protocol: 'http' }).track('Plain', { distinct_id: 'u' }, told('http'))
      Mixpanel.init('node-sdk', { secret: 'the real one', logger: { ...console, warn() {} } })
        .import('Old', 1, { distinct_id: 'u' }, told('import'))`
    const { stdout } = await node(program)
    expect(stdout.split('\n').sort()).toEqual(['', 'http ok', 'import ok', 'people ok', 'track ok'])
    expect(await eventsOf(twinpanel, 'node-sdk')).toEqual(['Plain', 'Signed up'])
    expect(await eventsOf(twinpanel, 'for-unknown')).toEqual(['Old'])
    expect(listed(twinpanel, 'node-sdk')).toEqual(
      expect.arrayContaining([
        '2 answered GET api.mixpanel.com/track',
        '1 answered GET api.mixpanel.com/engage',
      ]),
    )
  })

  it('anything else in Node, too: fetch, https, tls, workers; what is local is left alone', async () => {
    const program = `
      const { Worker } = require('node:worker_threads')
      const body = ${JSON.stringify(event('node'))}
      const headers = { 'content-type': 'application/json' }
      fetch('https://api-eu.mixpanel.com/track', { method: 'POST', body, headers }).then((answer) => console.log(answer.status))
      require('node:https').request('https://api-in.mixpanel.com/track', { method: 'POST', headers, agent: false }).end(body)
      require('node:tls').connect(443, 'api.mixpanel.com').end(
        'GET /track?data=' + encodeURIComponent(body) + ' HTTP/1.1\\r\\nHost: api.mixpanel.com\\r\\nConnection: close\\r\\n\\r\\n')
      fetch(process.env.TWINPANEL_URL + '/_twin/health').then((answer) => console.log(answer.status))
      new Worker('fetch("https://decide.mixpanel.com/track", ' + JSON.stringify({ method: 'POST', body, headers }) + ')', { eval: true })`
    expect(await node(program)).toEqual({ code: 0, stdout: '200\n200\n', stderr: '' })
    expect(await eventsOf(twinpanel, 'node')).toEqual(['A', 'A', 'A', 'A'])
    expect([...listed(twinpanel, 'node')].sort()).toEqual([
      '1 answered GET api.mixpanel.com/track',
      '1 answered POST api-eu.mixpanel.com/track',
      '1 answered POST api-in.mixpanel.com/track',
      '1 answered POST decide.mixpanel.com/track',
    ])
  })

  it.runIf(isInstalled('curl'))('curl, with and without TLS', async () => {
    const args = ['-sS', '-H', 'Content-Type: application/json', '-d', event('curl')]
    for (const scheme of ['https', 'http']) {
      const url = `${scheme}://api.mixpanel.com/track`
      expect(await run('curl', [...args, url], twinpanel.intercept.env)).toEqual({
        code: 0,
        stdout: '1',
        stderr: '',
      })
    }
    expect(listed(twinpanel, 'curl')).toEqual(['2 answered POST api.mixpanel.com/track'])
  })

  const languages: readonly (readonly [string, string, readonly string[], string])[] = [
    [
      'python3',
      '-c',
      ['-c', ''],
      `import urllib.request as u
r = u.Request('https://api.mixpanel.com/track', BODY.encode(), {'Content-Type': 'application/json'})
print(u.urlopen(r).read().decode())`,
    ],
    [
      'python3',
      '-c',
      ['-c', 'import requests'],
      `import requests
print(requests.post('https://api.mixpanel.com/track', BODY, headers={'Content-Type': 'application/json'}).text)`,
    ],
    [
      'ruby',
      '-e',
      [],
      `require 'net/http'
puts Net::HTTP.post(URI('https://api.mixpanel.com/track'), BODY, 'Content-Type' => 'application/json').body`,
    ],
    [
      'php',
      '-r',
      ['-r', 'exit((int) !extension_loaded("curl"));'],
      `$c = curl_init('https://api.mixpanel.com/track');
curl_setopt($c, CURLOPT_POSTFIELDS, BODY);
curl_setopt($c, CURLOPT_HTTPHEADER, ['Content-Type: application/json']);
curl_exec($c); echo curl_error($c), "\\n";`,
    ],
  ]
  for (const [index, [program, flag, probe, source]] of languages.entries()) {
    it.runIf(isInstalled(program, ...probe))(`${program} (${index})`, async () => {
      const token = `${program}-${index}`
      const code = source.replace('BODY', `'${event(token)}'`)
      const ended = await run(program, [flag, code], twinpanel.intercept.env)
      expect(ended).toEqual({ code: 0, stdout: '1\n', stderr: '' })
      expect(await eventsOf(twinpanel, token)).toEqual(['A'])
    })
  }

  it.runIf(isInstalled('java', '-version'))('java', async () => {
    const ended = await run(
      'java',
      [join(root, 'test/process/support/Track.java'), event('java')],
      twinpanel.intercept.env,
    )
    expect(ended).toMatchObject({ code: 0, stdout: '1\n1\n' })
    expect(await eventsOf(twinpanel, 'java')).toEqual(['A', 'A'])
  })

  it('mixpanel-browser in Chromium, which is told the proxy and the fingerprint of the authority', async () => {
    const { proxyUrl, spki } = twinpanel.intercept
    const site = await startSite()
    const browser = await launchChromium([
      `--proxy-server=${proxyUrl}`,
      `--ignore-certificate-errors-spki-list=${spki}`,
    ])
    try {
      const page = await browser.newPage()
      await page.goto(`${site.url}/snippet#browser,https://api-js.mixpanel.com`)
      await until('the event', async () => (await eventsOf(twinpanel, 'browser')).length > 0)
      expect(listed(twinpanel, 'browser')).toEqual(['1 answered POST api-js.mixpanel.com/track/'])
      const script = await page.goto('https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js')
      expect([script?.status(), await script?.text()]).toEqual([
        403,
        expect.stringMatching(/^Twinpanel does not serve the script of mixpanel-browser\. Install /),
      ])
      await expect(page.goto('https://example.com')).rejects.toThrow('ERR_TUNNEL_CONNECTION_FAILED')
    } finally {
      await browser.close()
      await site.close()
    }
  })
})
