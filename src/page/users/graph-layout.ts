import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force'
import type { Graph } from './graph-model.ts'

/** A position: in px of the picture at its own size, or of the screen. */
export interface Place {
  readonly x: number
  readonly y: number
}

export type Places = ReadonlyMap<string, Place>

interface Body extends SimulationNodeDatum {
  readonly id: string
}

/** Iterations of the simulation; fewer if each takes longer. */
const ROUNDS = 240
const ROUNDS_OF_MANY = 120
const MANY = 120
/** A graph that mostly had positions before needs few iterations to make room for new nodes. */
const ROUNDS_AGAIN = 60

/**
 * Computes a position for each id, the same at every call. In: the aspect ratio of the frame, and the previous
 * positions, so that known ids stay about where they were.
 */
export function placeNodes(graph: Graph, aspect: number, before: Places = new Map()): Places {
  const isMany = graph.nodes.length > MANY
  const bodies: Body[] = graph.nodes.map(({ id }) => ({ id, ...before.get(id) }))
  const links: SimulationLinkDatum<Body>[] = graph.edges.map(({ from, to }) => ({ source: from, target: to }))
  const simulation = forceSimulation(bodies)
    .force(
      'link',
      forceLink<Body, SimulationLinkDatum<Body>>(links)
        .id(({ id }) => id)
        .distance(isMany ? 40 : 150),
    )
    .force('charge', forceManyBody().strength(isMany ? -30 : -700))
    .force('apart', forceCollide(isMany ? 7 : 40))
    .force('x', forceX(0).strength(0.06 / Math.max(1, aspect)))
    .force('y', forceY(0).strength(0.06 * Math.max(1, aspect)))
    .stop()
  const known = bodies.filter(({ id }) => before.has(id)).length
  simulation.tick(2 * known > bodies.length ? ROUNDS_AGAIN : isMany ? ROUNDS_OF_MANY : ROUNDS)
  return new Map(bodies.map(({ id, x = 0, y = 0 }) => [id, { x, y }]))
}
