import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import type { TlsSource } from './config.ts'
import { MS_PER_DAY } from './core/normalise/time.ts'
import { err, ok, type Result } from './core/result.ts'

/** A certificate and its private key, as PEM texts. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** Why https cannot be served, as a sentence. */
export interface TlsError {
  readonly code: 'tls_unreadable' | 'tls_unusable'
  readonly message: string
}

/** Apple's systems refuse certificates that are valid for more than 825 days. */
const lifetimeDays = 820
const renewalDays = 7

/**
 * Loads the certificate and key for https: from the configured files, or a self-signed pair in `<dataDir>/tls`, which
 * is created once and reused while it is valid and covers `host`, so that clients need to trust it only once.
 */
export async function loadKeyPair(
  source: TlsSource,
  options: { readonly dataDir: string; readonly host: string; readonly nowMs: number },
): Promise<Result<KeyPair, TlsError>> {
  if (source.kind === 'files') return await readKeyPair(source.certPath, source.keyPath)
  const directory = join(resolve(options.dataDir), 'tls')
  const [certPath, keyPath] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  const names = namesOf(options.host)
  const kept = await readKeyPair(certPath, keyPath)
  if (kept.ok && isStillGood(kept.value.cert, names, options.nowMs)) return kept
  const made = await makeKeyPair(names, options.nowMs)
  try {
    await mkdir(directory, { recursive: true })
    await writeWhole(keyPath, made.key, 0o600)
    await writeWhole(certPath, made.cert, 0o644)
    return ok(made)
  } catch (error) {
    return err({
      code: 'tls_unreadable',
      message: `The certificate cannot be kept in ${directory}: ${String(error)}.`,
    })
  }
}

async function readKeyPair(certPath: string, keyPath: string): Promise<Result<KeyPair, TlsError>> {
  let pair: KeyPair
  try {
    const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')])
    pair = { cert, key }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return err({ code: 'tls_unreadable', message: `The certificate or its key cannot be read: ${reason}.` })
  }
  try {
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return ok(pair)
    return err({
      code: 'tls_unusable',
      message: `${keyPath} is not the private key of the certificate ${certPath}.`,
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const sentence = `${certPath} and ${keyPath} must be a certificate and its unencrypted private key in PEM form`
    return err({ code: 'tls_unusable', message: `${sentence}: ${reason}.` })
  }
}

/** The names that clients may use. A wildcard address is not a name. */
function namesOf(host: string): readonly string[] {
  const names = ['localhost', '127.0.0.1', '::1']
  return ['0.0.0.0', '::', ...names].includes(host) ? names : [...names, host]
}

function isStillGood(cert: string, names: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(cert)
  const covers = names.every((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
  )
  return covers && certificate.validToDate.getTime() - nowMs > renewalDays * MS_PER_DAY
}

/** Makes a self-signed certificate for names and addresses, valid for 820 days. */
export async function makeKeyPair(names: readonly string[], nowMs: number): Promise<KeyPair> {
  // Loaded only here: it brings an ASN.1 library that no other start needs.
  const { generate } = await import('selfsigned')
  const made = await generate([{ name: 'commonName', value: 'Twinpanel self-signed' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A day back, for clients with a slow clock.
    notBeforeDate: new Date(nowMs - MS_PER_DAY),
    notAfterDate: new Date(nowMs + lifetimeDays * MS_PER_DAY),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}

/** Writes a temporary file and renames it, so that no reader sees half a file. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode })
  await rename(`${path}.new`, path)
}
