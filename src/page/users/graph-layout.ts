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

/** Where a point stands, in px. */
export interface Place {
  readonly x: number
  readonly y: number
}

interface Body extends SimulationNodeDatum {
  readonly id: string
}

/** Rounds of the simulation; fewer where each takes longer. */
const ROUNDS = 240
const ROUNDS_OF_MANY = 120
const MANY = 120
/** Room for the labels at the border, in px. */
const MARGIN_X = 70
const MARGIN_Y = 34
/** A small graph is not blown up further. */
const MAX_SCALE = 1.5

/** Finds a place for each id, the same at every call. In: the picture's size in px. */
export function placeNodes(graph: Graph, width: number, height: number): ReadonlyMap<string, Place> {
  const isMany = graph.nodes.length > MANY
  const bodies: Body[] = graph.nodes.map(({ id }) => ({ id }))
  const links: SimulationLinkDatum<Body>[] = graph.edges.map(({ from, to }) => ({ source: from, target: to }))
  const simulation = forceSimulation(bodies)
    .force(
      'link',
      forceLink<Body, SimulationLinkDatum<Body>>(links)
        .id(({ id }) => id)
        .distance(isMany ? 40 : 130),
    )
    .force('charge', forceManyBody().strength(isMany ? -30 : -320))
    .force('apart', forceCollide(isMany ? 7 : 26))
    .force('x', forceX(0).strength(0.05 * (height / width)))
    .force('y', forceY(0).strength(0.09))
    .stop()
  simulation.tick(isMany ? ROUNDS_OF_MANY : ROUNDS)
  return intoPicture(bodies, width, height)
}

/** Moves and scales all places into the picture. */
function intoPicture(bodies: readonly Body[], width: number, height: number): ReadonlyMap<string, Place> {
  const xs = spanOf(bodies.map(({ x }) => x ?? 0))
  const ys = spanOf(bodies.map(({ y }) => y ?? 0))
  const scaleX = Math.min(MAX_SCALE, (width - 2 * MARGIN_X) / Math.max(1, xs.size))
  const scaleY = Math.min(MAX_SCALE, (height - 2 * MARGIN_Y) / Math.max(1, ys.size))
  const place = ({ x = 0, y = 0 }: Body): Place => ({
    x: Math.round(width / 2 + (x - xs.middle) * scaleX),
    y: Math.round(height / 2 + (y - ys.middle) * scaleY),
  })
  return new Map(bodies.map((body) => [body.id, place(body)]))
}

function spanOf(values: readonly number[]): { readonly size: number; readonly middle: number } {
  const least = Math.min(...values)
  const most = Math.max(...values)
  return { size: most - least, middle: (least + most) / 2 }
}
