/** What an Authorization header says, unchecked. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/**
 * Reads an Authorization header. Basic may come in clear text, `user:secret`, instead of base64 (IMP-05).
 * What is neither Basic nor Bearer counts as none.
 */
export function parseAuthorization(header: string | undefined): Credentials {
  const match = /^\s*(basic|bearer)\s+(\S.*?)\s*$/i.exec(header ?? '')
  const scheme = match?.[1]?.toLowerCase()
  const value = match?.[2]
  if (scheme === undefined || value === undefined) return { kind: 'none' }
  if (scheme === 'bearer') return { kind: 'bearer', token: value }
  const pair = value.includes(':') ? value : Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return { kind: 'basic', username: pair, password: '' }
  return { kind: 'basic', username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}
