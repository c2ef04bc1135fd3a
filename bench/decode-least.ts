/** The least that a server of /track does with a body: decodes the form and the base64, parses the JSON. Out: the answer. */
export function answerTo(body: Buffer): '0' | '1' {
  const data = new URLSearchParams(body.toString('latin1')).get('data') ?? ''
  const record: unknown = JSON.parse(Buffer.from(data, 'base64').toString('utf8'))
  return typeof record === 'object' && record !== null && 'event' in record ? '1' : '0'
}
