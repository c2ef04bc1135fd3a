import { describe, expect, it } from 'vitest'
import { ByteBudget } from '../../../src/http/body-budget.ts'

describe('ByteBudget', () => {
  it('DEC-08: gives out no more than its limit, until it is given back', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(60), budget.take(40), budget.take(1)]).toEqual([true, true, false])
    budget.give(40)
    expect([budget.take(41), budget.take(40)]).toEqual([false, true])
  })

  it('DEC-08: serves one taker alone, whatever it takes', () => {
    const budget = new ByteBudget(100)
    expect([budget.take(500), budget.take(1)]).toEqual([true, false])
    budget.give(500)
    expect(budget.take(1)).toBe(true)
  })
})
