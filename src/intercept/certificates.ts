import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { MS_PER_DAY } from '../core/normalise/time.ts'
import { bits, integer, objectId, octets, sequence, setOf, TRUE, tagged, time, utf8 } from './der.ts'

/** The certificate of an authority, and one that it has issued for Mixpanel's hosts, with its key; as PEM texts. */
export interface Certificates {
  readonly authority: string
  /** The issued certificate, followed by the authority's. */
  readonly chain: string
  readonly key: string
  /** Of the authority: SHA-256 of its public key in base64, as Chromium's option takes it. */
  readonly spki: string
}

/** Longer than any run. Some clients refuse certificates that are valid for long. */
const LIFETIME_DAYS = 30
const AUTHORITY_NAME = 'Twinpanel (for one run)'
const HOSTS = ['mixpanel.com', '*.mixpanel.com', 'cdn.mxpnl.com']

/** Makes an authority, which issues one certificate. The authority's key is then forgotten, and written nowhere. */
export function makeCertificates(nowMs: number): Certificates {
  const [authority, host] = [makeKeys(), makeKeys()]
  const common = { nowMs, issuer: AUTHORITY_NAME, issuerKey: authority.privateKey }
  const root = makeCertificate({
    ...common,
    subject: AUTHORITY_NAME,
    publicKey: authority.publicKey,
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(TRUE, integer(0)), true),
      // keyCertSign, cRLSign
      extension(KEY_USAGE, bits(Buffer.from([0x06]), 1), true),
      extension(SUBJECT_KEY, octets(idOf(authority.publicKey))),
    ],
  })
  const issued = makeCertificate({
    ...common,
    subject: 'mixpanel.com',
    publicKey: host.publicKey,
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(), true),
      // digitalSignature
      extension(KEY_USAGE, bits(Buffer.from([0x80]), 7), true),
      extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTH))),
      extension(SUBJECT_KEY, octets(idOf(host.publicKey))),
      extension(AUTHORITY_KEY, sequence(tagged(0x80, idOf(authority.publicKey)))),
      extension(ALTERNATIVE_NAMES, sequence(...HOSTS.map((name) => tagged(0x82, Buffer.from(name))))),
    ],
  })
  return {
    authority: root,
    chain: `${issued}${root}`,
    key: host.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki: createHash('sha256').update(exported(authority.publicKey)).digest('base64'),
  }
}

const BASIC_CONSTRAINTS = '2.5.29.19'
const KEY_USAGE = '2.5.29.15'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const SUBJECT_KEY = '2.5.29.14'
const AUTHORITY_KEY = '2.5.29.35'
const ALTERNATIVE_NAMES = '2.5.29.17'
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'))
const COMMON_NAME = '2.5.4.3'

function makeKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

interface CertificateParts {
  readonly nowMs: number
  readonly issuer: string
  readonly issuerKey: KeyObject
  readonly subject: string
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** A signed certificate, as PEM. */
function makeCertificate({
  nowMs,
  issuer,
  issuerKey,
  subject,
  publicKey,
  extensions,
}: CertificateParts): string {
  const version3 = tagged(0xa0, integer(2))
  const serial = integer(1, ...randomBytes(15))
  // From a day back, for clients with a slow clock.
  const validity = sequence(time(nowMs - MS_PER_DAY), time(nowMs + LIFETIME_DAYS * MS_PER_DAY))
  const content = sequence(
    version3,
    serial,
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    validity,
    nameOf(subject),
    exported(publicKey),
    tagged(0xa3, sequence(...extensions)),
  )
  const der = sequence(content, ECDSA_WITH_SHA256, bits(sign('sha256', content, issuerKey)))
  const lines = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}

function nameOf(text: string): Buffer {
  return sequence(setOf(sequence(objectId(COMMON_NAME), utf8(text))))
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [TRUE] : []), octets(value))
}

function exported(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

/** What identifies a key in certificates. */
function idOf(key: KeyObject): Buffer {
  return createHash('sha256').update(exported(key)).digest().subarray(0, 20)
}
