import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeCertificates } from '../../../src/intercept/certificates.ts'
import { objectId, sequence, tagged } from '../../../src/intercept/der.ts'

const nowMs = Date.UTC(2026, 10, 29, 22)

describe('the certificates of a run', () => {
  const { authority, chain, key, spki } = makeCertificates(nowMs)
  const root = new X509Certificate(authority)
  const [first = ''] = chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  const issued = new X509Certificate(first)

  it('are issued by the authority, for the hosts of Mixpanel', () => {
    expect(chain).toBe(first + authority)
    expect([root.ca, issued.ca]).toEqual([true, false])
    expect([root.verify(root.publicKey), issued.verify(root.publicKey)]).toEqual([true, true])
    expect(issued.checkIssued(root)).toBe(true)
    expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true)
    const hosts = ['mixpanel.com', 'api-eu.mixpanel.com', 'cdn.mxpnl.com', 'example.com', 'a.b.mixpanel.com']
    expect(hosts.map((host) => issued.checkHost(host) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })

  it('are valid from a day before, for a month', () => {
    for (const { validFromDate, validToDate } of [root, issued]) {
      expect(validFromDate.toISOString()).toBe('2026-11-28T22:00:00.000Z')
      expect(validToDate.toISOString()).toBe('2026-12-29T22:00:00.000Z')
    }
  })

  it('have the fingerprint of the key of the authority, as Chromium computes it', () => {
    const der = root.publicKey.export({ type: 'spki', format: 'der' })
    expect(createHash('sha256').update(der).digest('base64')).toBe(spki)
  })

  it('are new each time', () => {
    const other = makeCertificates(nowMs)
    expect(new X509Certificate(other.chain).verify(root.publicKey)).toBe(false)
    expect(
      new Set([root, issued, new X509Certificate(other.authority)].map((each) => each.serialNumber)).size,
    ).toBe(3)
  })
})

describe('DER', () => {
  it.each([
    [0, '3000'],
    [127, '307f'],
    [128, '308180'],
    [255, '3081ff'],
    [256, '30820100'],
    [65_535, '3082ffff'],
  ])('lengths: %i', (length, head) => {
    expect(
      sequence(Buffer.alloc(length))
        .subarray(0, head.length / 2)
        .toString('hex'),
    ).toBe(head)
  })

  it('object identifiers', () => {
    expect(objectId('1.2.840.113549.1.1.11').toString('hex')).toBe('06092a864886f70d01010b')
    expect(tagged(0x82, Buffer.from('a')).toString('hex')).toBe('820161')
  })
})
