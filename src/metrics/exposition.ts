import { AggregatorRegistry, collectDefaultMetrics, type PrometheusContentType, Registry } from 'prom-client'
import type { Family } from './tally.ts'

let ofProcess: Registry | undefined

/** Metrics as Prometheus reads them. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/** Puts a server's numbers into words, with those that Node has of the process (from the first call on). */
export async function expose(families: readonly Family[]): Promise<Exposition> {
  const ofServer = AggregatorRegistry.aggregate<PrometheusContentType>([families])
  const all = Registry.merge([ofServer, registryOfProcess()])
  return { contentType: all.contentType, text: await all.metrics() }
}

/** One for the process, which several servers may share: it watches the event loop and the garbage collector. */
function registryOfProcess(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
