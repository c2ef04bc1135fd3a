import { describe, expect, it } from 'vitest'
import { autoWorkers } from '../../../src/workers/auto.ts'

describe('TWINPANEL_WORKERS=auto', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [8, 5],
    [16, 10],
    [128, 64],
  ])('on %i processors that an embedded Postgres shares is %i', (processors, workers) => {
    expect(autoWorkers(processors, true)).toBe(workers)
  })

  it.each([
    [1, 1],
    [2, 2],
    [96, 64],
  ])('on %i processors beside a Postgres elsewhere is %i', (processors, workers) => {
    expect(autoWorkers(processors, false)).toBe(workers)
  })
})
