import { describe, expect, it } from 'vitest'
import { groupAlike, nameOfNode } from '../../../src/page/users/graph-groups.ts'
import { type Dot, placeLabels, type Wanted } from '../../../src/page/users/graph-labels.ts'
import type { Graph, GraphEdge, GraphNode } from '../../../src/page/users/graph-model.ts'

/* The graph of a user's ids: what is alike is one node, and no label covers a dot or another label. */

const node = (id: string, role: GraphNode['role'] = 'device'): GraphNode => ({
  id,
  role,
  isCanonical: id === 'hub',
})
const edge = (from: string, changes: Partial<GraphEdge> = {}): GraphEdge => ({
  from,
  to: 'hub',
  isRefused: false,
  isPending: false,
  label: 'Login',
  count: 1,
  rule: 'IDS-03',
  at: '2026-11-29T00:00:00.000Z',
  item: undefined,
  insertId: 'i',
  ...changes,
})

/** A star: the user hub, and devices joined by Login. */
function star(count: number, extra: Partial<Graph> = {}): Graph {
  const devices = Array.from({ length: count }, (_, n) => `d${n}`)
  const nodes = [node('hub', 'user'), ...devices.map((id) => node(id)), ...(extra.nodes ?? [])]
  return { nodes, edges: [...devices.map((id) => edge(id)), ...(extra.edges ?? [])] }
}

const namesOf = (graph: Graph) => graph.nodes.map(nameOfNode).toSorted()

describe('ids that are alike', () => {
  it.each([
    [8, ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7', 'hub']],
    [9, ['9 devices', 'hub']],
    [1_200, ['1,200 devices', 'hub']],
  ])('are one node if they are many: %i', (count, names) => {
    expect(namesOf(groupAlike(star(count)))).toEqual(names)
  })

  it('are one node with one link, which counts theirs', () => {
    const { nodes, edges } = groupAlike(star(57))
    const group = nodes.find(({ members }) => members !== undefined)
    expect(group?.members).toHaveLength(57)
    expect(edges).toEqual([
      expect.objectContaining({ from: group?.id, to: 'hub', label: 'Login', count: 57 }),
    ])
  })

  it('are those with the same role and the same links only', () => {
    const others = Array.from({ length: 10 }, (_, n) => `u${n}`)
    const graph = star(60, {
      nodes: others.map((id) => node(id, 'other')),
      edges: [
        ...others.map((id) => edge(id, { isRefused: true, label: 'device of another user' })),
        edge('d1', { to: 'u1', isRefused: true, label: 'device of another user' }),
        edge('d2', { label: 'Sign up' }),
      ],
    })
    expect(namesOf(groupAlike(graph))).toEqual(['58 devices', '9 ids of others', 'd1', 'd2', 'hub', 'u1'])
  })

  it('are nodes of their own in an open group, and if they are looked for', () => {
    const graph = star(60)
    const [group] = groupAlike(graph).nodes.filter(({ members }) => members !== undefined)
    expect(groupAlike(graph, new Set([group?.id ?? ''])).nodes).toHaveLength(61)
    expect(namesOf(groupAlike(graph, new Set(), new Set(['d7', 'd8'])))).toEqual([
      '58 devices',
      'd7',
      'd8',
      'hub',
    ])
  })
})

const dot = (x: number, y: number): Dot => ({ x, y, radius: 6 })
const wanted = (text: string, ...spots: readonly (readonly [number, number])[]): Wanted => ({
  key: text,
  text,
  spots: spots.map(([x, y]) => ({ x, y })),
})

describe('labels', () => {
  it('cover no dot and no other label: they go to their next position, or are left out', () => {
    const dots = [dot(0, 0), dot(100, 0)]
    const labels = placeLabels(
      [wanted('one', [0, 4], [0, 30]), wanted('two', [4, 30], [100, 5], [100, 60]), wanted('three', [2, 2])],
      dots,
      undefined,
    )
    expect(labels.map(({ text, x, y }) => [text, x, y])).toEqual([
      ['one', 0, 30],
      ['two', 100, 60],
    ])
  })

  it('stay within the border, and keep both ends of a long text', () => {
    const border = { left: -100, right: 100, top: -50, bottom: 50 }
    const long = `$device:${'x'.repeat(40)}-the-end`
    const [label] = placeLabels([wanted(long, [60, 0], [0, 0])], [], border)
    expect(label).toMatchObject({ x: 0, y: 0, text: '$device:xxxxxxxxx…-the-end' })
  })

  it('of wide letters take more room', () => {
    const [thin, wide] = placeLabels([wanted('abcd', [0, 0]), wanted('東京大学', [0, 50])], [], undefined)
    expect(wide?.width ?? 0).toBeGreaterThan(1.5 * (thin?.width ?? Number.NaN))
  })
})
