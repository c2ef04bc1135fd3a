import type { Worker } from 'node:cluster'

/** The parts of Node's own messages of a cluster that are looked at. */
interface ClusterMessage {
  readonly seq?: number
  readonly ack?: number
}

/**
 * Closes the connections that were handed to a worker which ended before it took them. Node keeps these open without
 * giving them to another worker, so that their clients would wait for ever; a closed one is tried again.
 */
export function closeLostConnections(worker: Worker): void {
  const { process: child } = worker
  const handed = new Map<number | undefined, { close(): void }>()
  const send = child.send.bind(child) as (message: ClusterMessage, ...rest: unknown[]) => boolean
  child.send = (message: unknown, ...rest: unknown[]): boolean => {
    const [handle] = rest
    const sent = message as ClusterMessage
    if (isHandle(handle)) handed.set(sent.seq, handle)
    return send(sent, ...rest)
  }
  child.on('internalMessage', ({ ack }: ClusterMessage) => handed.delete(ack))
  worker.once('exit', () => {
    for (const handle of handed.values()) handle.close()
  })
}

function isHandle(value: unknown): value is { close(): void } {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
}
