import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

const HEAP = new URL('../../../src/server/heap.ts', import.meta.url).href

/** Replaces objects in turn, of which 80 MB are alive. Prints the largest old space, in MB. */
const CHURN = `
  import { getHeapSpaceStatistics } from 'node:v8'
  const alive = Array.from({ length: 40 }, () => [])
  const oldSpace = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_size
  let largest = 0
  for (let turn = 0; turn < 600; turn++) {
    alive[turn % alive.length] = Array.from({ length: 16_000 }, (_, at) => ({ turn, at, of: [turn] }))
    largest = Math.max(largest, oldSpace())
  }
  console.log(Math.round(largest / 1_048_576))
`

function largestOldSpace(script: string): number {
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

it('collects old objects while the heap is smaller than V8 would let it grow', () => {
  const bounded = largestOldSpace(`import { boundHeap } from ${JSON.stringify(HEAP)}\nboundHeap()\n${CHURN}`)
  expect(bounded).toBeLessThan(0.8 * largestOldSpace(CHURN))
})
