/**
 * Cuts a path at an encoded `#`: what follows is an anchor of the documentation that a client has
 * percent-encoded (GEN-06). The query stays.
 */
export function cutEncodedFragment(url: string): string {
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  const mark = path.indexOf('%23')
  return mark < 0 ? url : path.slice(0, mark) + (query < 0 ? '' : url.slice(query))
}
