import type { Socket } from 'node:net'

/** A callback of Node's HTTP parser after each part of a connection: with the number of bytes parsed, or an error. */
type OnExecute = (parsed: unknown) => void

/**
 * Calls `listener` after each part that Node's HTTP server has read from a connection and parsed: at most 64 KB. In: a
 * connection that the server has already taken over.
 *
 * Node has no event for it, since its parser reads from the connection without the stream in between. A listener for
 * `data` brings the stream back, which makes a small request a sixth more expensive (docs/performance.md), so the parser's
 * own callback is extended where this version of Node has it in the known place; elsewhere `data` has to do.
 */
export function onEachPart(socket: Socket, listener: (bytes: number) => void): void {
  const parser: unknown = Reflect.get(socket, 'parser')
  const key = executeKey(parser)
  if (typeof parser !== 'object' || parser === null || key === undefined) {
    socket.on('data', ({ length }: Buffer) => listener(length))
    return
  }
  const onExecute: OnExecute = Reflect.get(parser, key)
  Reflect.set(parser, key, (parsed: unknown) => {
    onExecute(parsed)
    if (typeof parsed === 'number') listener(parsed)
  })
}

/** Where the parser keeps that callback; undefined if it is not there. */
function executeKey(parser: unknown): number | undefined {
  if (typeof parser !== 'object' || parser === null) return undefined
  const key: unknown = Reflect.get(parser.constructor, 'kOnExecute')
  return typeof key === 'number' && typeof Reflect.get(parser, key) === 'function' ? key : undefined
}
