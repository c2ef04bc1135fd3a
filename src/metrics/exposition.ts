import { AggregatorRegistry, collectDefaultMetrics, type PrometheusContentType, Registry } from 'prom-client'
import type { Family } from './tally.ts'

let ofProcess: Registry | undefined

/** Metrics in Prometheus' text format. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/** Formats a server's metrics, together with Node's metrics of the process (collected from the first call on). */
export async function expose(families: readonly Family[]): Promise<Exposition> {
  const ofServer = AggregatorRegistry.aggregate<PrometheusContentType>([families])
  const all = Registry.merge([ofServer, registryOfProcess()])
  return { contentType: all.contentType, text: await all.metrics() }
}

/** One per process, which several servers may share: it watches the event loop and the garbage collector. */
function registryOfProcess(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
