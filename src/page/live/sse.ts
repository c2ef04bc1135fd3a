/** One message of an event stream, or an id without a message. */
export interface StreamMessage {
  readonly event: string
  /** Undefined if there is only an id. */
  readonly data: string | undefined
  /** The id to resume after; undefined if the message has none. */
  readonly id: string | undefined
}

/**
 * Parses server-sent events from chunks of text. (The browser's EventSource cannot send a token.) Out: a function from
 * the next chunk to the messages that it completes.
 */
export function readMessages(): (piece: string) => readonly StreamMessage[] {
  let rest = ''
  return (piece) => {
    // A line end may be split between two chunks.
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
