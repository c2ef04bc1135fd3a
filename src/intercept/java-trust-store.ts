import { createHash, X509Certificate } from 'node:crypto'

/** The password with which Java reads its own; the store holds nothing secret. */
const PASSWORD = 'changeit'
const MAGIC = 0xfeedfeed
const VERSION = 2
const TRUSTED_CERTIFICATE = 2

/** A store of trusted certificates in Java's format (JKS). In: PEM texts. */
export function makeJavaTrustStore(certificates: readonly string[], nowMs: number): Buffer {
  const entries = certificates.map((pem, index) => {
    const der = new X509Certificate(pem).raw
    const date = Buffer.alloc(8)
    date.writeBigUInt64BE(BigInt(nowMs))
    return Buffer.concat([
      int(TRUSTED_CERTIFICATE),
      text(`${index}`),
      date,
      text('X.509'),
      int(der.length),
      der,
    ])
  })
  const content = Buffer.concat([int(MAGIC), int(VERSION), int(entries.length), ...entries])
  const password = Buffer.from(PASSWORD, 'utf16le').swap16()
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(content).digest()
  return Buffer.concat([content, digest])
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int(bytes.length).subarray(2), bytes])
}
