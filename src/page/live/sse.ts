/** One message of an event stream. */
export interface StreamMessage {
  readonly event: string
  readonly data: string
  /** The id to resume after; undefined where the message has none. */
  readonly id: string | undefined
}

/**
 * Reads server-sent events from text that comes in pieces. The browser's own EventSource cannot show a token.
 * Out: a function from the next piece to the messages that it completes.
 */
export function readMessages(): (piece: string) => readonly StreamMessage[] {
  let rest = ''
  return (piece) => {
    const blocks = (rest + piece.replaceAll('\r\n', '\n')).split('\n\n')
    rest = blocks.pop() ?? ''
    return blocks.flatMap(parseBlock)
  }
}

function parseBlock(block: string): readonly StreamMessage[] {
  let event = 'message'
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([a-z]+)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'event') event = value
    if (name === 'id') id = value
    if (name === 'data') data.push(value)
  }
  return data.length === 0 ? [] : [{ event, id, data: data.join('\n') }]
}
