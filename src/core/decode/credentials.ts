/** The contents of an Authorization header, unchecked. */
export type Credentials =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'basic'
      readonly username: string
      readonly password: string
      /** A user name alone: Airbyte and Singer read with it, and /import refuses it (IMP-04). */
      readonly lacksColon?: true
    }
  | { readonly kind: 'bearer'; readonly token: string }

/**
 * Reads an Authorization header. Basic credentials may be plain text, `user:secret`, instead of base64 (IMP-05). Other
 * schemes count as none.
 */
export function parseAuthorization(header: string | undefined): Credentials {
  const trimmed = (header ?? '').trim()
  const scheme = /^(basic|bearer)\s/i.exec(trimmed)?.[1]?.toLowerCase()
  if (scheme === undefined) return { kind: 'none' }
  const value = trimmed.slice(scheme.length).trimStart()
  if (scheme === 'bearer') return { kind: 'bearer', token: value }
  const pair = value.includes(':') ? value : Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return { kind: 'basic', username: pair, password: '', lacksColon: true }
  return { kind: 'basic', username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}
