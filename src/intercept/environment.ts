import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { Environment } from '../config.ts'
import type { Certificates } from './certificates.ts'
import { makeJavaTrustStore } from './java-trust-store.ts'
import { programForNode } from './lead-node.ts'

/** The paths of what clients need in files. */
export interface InterceptFiles {
  /** The authority's certificate. */
  readonly authority: string
  /** The same, after the certificates of NODE_EXTRA_CA_CERTS. */
  readonly nodeExtra: string
  /** The same, after those and the certificates that the machine trusts. */
  readonly bundle: string
  /** The same for Java. */
  readonly javaStore: string
  /** The program that leads Node to the proxy. */
  readonly node: string
  /** The folder of a php.ini. */
  readonly phpFolder: string
}

/** Where a running proxy is. */
export interface ProxyAddress {
  readonly port: number
  readonly tlsPort: number
}

/** What trusts these is in the environment; where systems keep them, as Go looks for them. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

interface FileSources {
  /** An existing one. */
  readonly directory: string
  readonly certificates: Certificates
  readonly address: ProxyAddress
  /** As it is. */
  readonly env: Environment
  readonly nowMs: number
}

/** Writes the files, for the owner of this process only. */
export async function writeFiles({ directory, certificates, address, env, nowMs }: FileSources) {
  const { authority } = certificates
  const files: InterceptFiles = {
    authority: join(directory, 'ca.pem'),
    nodeExtra: join(directory, 'node-extra-ca.pem'),
    bundle: join(directory, 'ca-bundle.pem'),
    javaStore: join(directory, 'truststore.jks'),
    node: join(directory, 'node.cjs'),
    phpFolder: directory,
  }
  const extra = await read(env['NODE_EXTRA_CA_CERTS'])
  const system = await readFirst([env['SSL_CERT_FILE'], ...SYSTEM_BUNDLES])
  const roots = system ?? rootCertificates.join('\n')
  const bundle = `${roots.trimEnd()}\n${extra}${authority}`
  const write = (path: string, content: string | Buffer) => writeFile(path, content, { mode: 0o600 })
  await Promise.all([
    write(files.authority, authority),
    write(files.nodeExtra, `${extra}${authority}`),
    write(files.bundle, bundle),
    write(files.javaStore, makeJavaTrustStore([...rootCertificates, authority], nowMs)),
    write(files.node, programForNode({ secure: address.tlsPort, plain: address.port })),
    write(
      join(directory, 'twinpanel.ini'),
      `curl.cainfo = "${files.bundle}"\nopenssl.cafile = "${files.bundle}"\n`,
    ),
  ])
  return files
}

/**
 * The variables that lead the programs of a run to the proxy and make them trust its certificate. In: the environment as
 * it is, of which some variables are completed. Each variable is known to some clients only: see docs/intercept.md.
 */
export function environmentFor(
  files: InterceptFiles,
  { port }: ProxyAddress,
  spki: string,
  env: Environment,
): Readonly<Record<string, string>> {
  const proxy = `http://127.0.0.1:${port}`
  const none = 'localhost,127.0.0.1,::1'
  return {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    https_proxy: proxy,
    http_proxy: proxy,
    NO_PROXY: none,
    no_proxy: none,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: files.nodeExtra,
    NODE_OPTIONS: joined(env['NODE_OPTIONS'], `--require ${quoteForNode(files.node)}`),
    SSL_CERT_FILE: files.bundle,
    REQUESTS_CA_BUNDLE: files.bundle,
    CURL_CA_BUNDLE: files.bundle,
    JAVA_TOOL_OPTIONS: joined(env['JAVA_TOOL_OPTIONS'], ...javaOptions(files, port)),
    // After the folders that PHP was built with.
    PHP_INI_SCAN_DIR: `${env['PHP_INI_SCAN_DIR'] ?? ''}${PATH_SEPARATOR}${files.phpFolder}`,
    TWINPANEL_PROXY: proxy,
    TWINPANEL_CA_FILE: files.authority,
    TWINPANEL_CA_SPKI: spki,
  }
}

const PATH_SEPARATOR = process.platform === 'win32' ? ';' : ':'

function javaOptions({ javaStore }: InterceptFiles, port: number): readonly string[] {
  const proxies = ['https', 'http'].flatMap((scheme) => [
    `-D${scheme}.proxyHost=127.0.0.1`,
    `-D${scheme}.proxyPort=${port}`,
  ])
  const store = [
    `-Djavax.net.ssl.trustStore=${quoteForJava(javaStore)}`,
    '-Djavax.net.ssl.trustStoreType=JKS',
  ]
  return [...proxies, '-Dhttp.nonProxyHosts=localhost|127.*|[::1]', ...store]
}

function joined(before: string | undefined, ...added: readonly string[]): string {
  return [...(before ? [before] : []), ...added].join(' ')
}

function quoteForNode(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`
}

function quoteForJava(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path
}

/** The content of a file, with a line end; empty if there is none. */
async function read(path: string | undefined): Promise<string> {
  const content = path ? await readFile(path, 'utf8').catch(() => '') : ''
  return content === '' ? '' : `${content.trimEnd()}\n`
}

async function readFirst(paths: readonly (string | undefined)[]): Promise<string | undefined> {
  for (const path of paths) {
    const content = await read(path)
    if (content !== '') return content
  }
  return undefined
}
