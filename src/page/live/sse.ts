/** One message of an event stream, or an id that comes without one. */
export interface StreamMessage {
  readonly event: string
  /** Undefined where there is only an id. */
  readonly data: string | undefined
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
    // Half of a line's end may be in the next piece.
    const text = rest + piece
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const blocks = whole.replaceAll('\r\n', '\n').split('\n\n')
    rest = (blocks.pop() ?? '') + text.slice(whole.length)
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
  if (data.length === 0) return id === undefined ? [] : [{ event, id, data: undefined }]
  return [{ event, id, data: data.join('\n') }]
}
