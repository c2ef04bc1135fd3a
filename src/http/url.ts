/**
 * Cuts a path at an encoded `#`: the rest is an anchor of the documentation that a client has percent-encoded (GEN-06).
 * The query stays. The paths of our own API are not cut, since there it can be part of an id or a token.
 */
export function cutEncodedFragment(url: string): string {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  const mark = path.indexOf('%23')
  return mark < 0 || path.startsWith('/_twin/')
    ? url
    : path.slice(0, mark) + (query < 0 ? '' : url.slice(query))
}
