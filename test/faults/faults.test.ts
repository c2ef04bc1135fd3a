import { expect, it } from 'vitest'
import { FAULTS } from './faults.ts'
import { failuresOf } from './report.ts'
import { runFault, SHORT } from './run-fault.ts'

/** Few, since each takes seconds: `npm run faults` runs them all. */
const IN_CI = ['postgres-restarted', 'both-killed', 'one-of-two-killed']

it.each(IN_CI)('nothing acknowledged is lost or doubled: %s (DEC-08)', async (name) => {
  const fault = FAULTS.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`there is no fault ${name}`)
  const round = await runFault(fault, 1, SHORT)
  if ('skipped' in round) throw new Error(round.skipped)
  expect(failuresOf([round])).toEqual([])
  // The fault was noticed, and traffic went on before and after it.
  expect(round.acknowledged).toBeGreaterThan(20)
  expect([...round.answers.keys()].filter((answer) => answer !== '200')).not.toEqual([])
})
