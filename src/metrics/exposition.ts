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
  return await format(Registry.merge([aggregate([families]), registryOfProcess()]))
}

/** The metrics of one process of a server, as data: its own, and Node's. */
export async function collect(families: readonly Family[]): Promise<readonly Family[]> {
  const ofNode = (await registryOfProcess().getMetricsAsJSON()) as unknown as readonly Family[]
  // prom-client omits the time of the start where there are several.
  const named = ofNode.map((family) =>
    family.name === 'process_start_time_seconds' ? { ...family, aggregator: 'max' as const } : family,
  )
  return [...families, ...named]
}

/** Formats the metrics of a server's processes as one. */
export async function exposeAll(collected: readonly (readonly Family[])[]): Promise<Exposition> {
  return await format(aggregate(collected))
}

/** Adds up what processes that have ended have counted. Gauges end with their process. */
export async function sumUp(collected: readonly (readonly Family[])[]): Promise<readonly Family[]> {
  const counted = collected.map((families) => families.filter(({ type }) => type !== 'gauge'))
  return (await aggregate(counted).getMetricsAsJSON()) as unknown as readonly Family[]
}

function aggregate(collected: readonly (readonly Family[])[]): Registry {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...collected])
}

async function format(registry: Registry): Promise<Exposition> {
  return { contentType: registry.contentType, text: await registry.metrics() }
}

/** One per process, which several servers may share: it watches the event loop and the garbage collector. */
function registryOfProcess(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
