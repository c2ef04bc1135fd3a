import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../../src/intercept/certificates.ts'
import { environmentFor, writeFiles } from '../../../src/intercept/environment.ts'

const address = { port: 1000, tlsPort: 2000 }
const certificates = makeCertificates(Date.UTC(2026, 10, 29))
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'two words '))
})
afterAll(() => rm(directory, { recursive: true }))

describe('the environment of a command', () => {
  const files = {
    authority: '/d/ca.pem',
    nodeExtra: '/d/extra.pem',
    bundle: '/d/bundle.pem',
    javaStore: '/d/store.jks',
    node: '/a "b"\\c/node.cjs',
    phpFolder: '/d',
  }

  it('names the proxy and the certificates', () => {
    expect(environmentFor(files, address, 'spki=', {})).toEqual({
      HTTPS_PROXY: 'http://127.0.0.1:1000',
      HTTP_PROXY: 'http://127.0.0.1:1000',
      https_proxy: 'http://127.0.0.1:1000',
      http_proxy: 'http://127.0.0.1:1000',
      NO_PROXY: 'localhost,127.0.0.1,::1',
      no_proxy: 'localhost,127.0.0.1,::1',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: '/d/extra.pem',
      NODE_OPTIONS: '--require "/a \\"b\\"\\\\c/node.cjs"',
      SSL_CERT_FILE: '/d/bundle.pem',
      REQUESTS_CA_BUNDLE: '/d/bundle.pem',
      CURL_CA_BUNDLE: '/d/bundle.pem',
      JAVA_TOOL_OPTIONS: expect.stringMatching(
        /^-Dhttps\.proxyHost=127\.0\.0\.1 .*trustStore=\/d\/store\.jks /,
      ),
      PHP_INI_SCAN_DIR: ':/d',
      TWINPANEL_PROXY: 'http://127.0.0.1:1000',
      TWINPANEL_CA_FILE: '/d/ca.pem',
      TWINPANEL_CA_SPKI: 'spki=',
    })
  })

  it('keeps the options that are set', () => {
    const set = { NODE_OPTIONS: '--no-warnings', JAVA_TOOL_OPTIONS: '-Xmx1g', PHP_INI_SCAN_DIR: '/php' }
    expect(environmentFor(files, address, '', set)).toMatchObject({
      NODE_OPTIONS: expect.stringMatching(/^--no-warnings --require /),
      JAVA_TOOL_OPTIONS: expect.stringMatching(/^-Xmx1g -D/),
      PHP_INI_SCAN_DIR: '/php:/d',
    })
  })
})

describe('the files of a run', () => {
  it('have the certificates that are trusted already, and the authority', async () => {
    const [extra, system] = [join(directory, 'extra'), join(directory, 'system')]
    await writeFile(extra, 'EXTRA')
    await writeFile(system, 'SYSTEM\n')
    const env = { NODE_EXTRA_CA_CERTS: extra, SSL_CERT_FILE: system }
    const files = await writeFiles({ directory, certificates, address, env, nowMs: 0 })
    const { authority } = certificates
    expect(await readFile(files.authority, 'utf8')).toBe(authority)
    expect(await readFile(files.nodeExtra, 'utf8')).toBe(`EXTRA\n${authority}`)
    expect(await readFile(files.bundle, 'utf8')).toBe(`SYSTEM\nEXTRA\n${authority}`)
    expect((await readFile(files.javaStore)).readUInt32BE(8)).toBe(rootCertificates.length + 1)
    expect(await readFile(join(directory, 'twinpanel.ini'), 'utf8')).toContain(`"${files.bundle}"`)
  })

  it('do without what is not there', async () => {
    const env = { NODE_EXTRA_CA_CERTS: join(directory, 'none'), SSL_CERT_FILE: join(directory, 'none') }
    const files = await writeFiles({ directory, certificates, address, env, nowMs: 0 })
    expect(await readFile(files.nodeExtra, 'utf8')).toBe(certificates.authority)
    const bundle = await readFile(files.bundle, 'utf8')
    expect(bundle.endsWith(`\n${certificates.authority}`)).toBe(true)
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50)
  })
})
