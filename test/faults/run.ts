import { parseArgs } from 'node:util'
import { FAULTS } from './faults.ts'
import { failuresOf, toTable } from './report.ts'
import { LONG, type Round, runFault, SHORT } from './run-fault.ts'
import { endOnSignals } from './stand.ts'

/* npm run faults: prints the table of docs/reliability.md. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
  },
})
const form = values.short ? SHORT : LONG
const unknown = positionals.filter((name) => !FAULTS.some((fault) => fault.name === name))
if (unknown.length > 0) {
  process.stderr.write(`no such fault: ${unknown.join(', ')}\n${FAULTS.map(({ name }) => name).join('\n')}\n`)
  process.exit(64)
}

endOnSignals()
const rounds: Round[] = []
for (const fault of FAULTS) {
  if (positionals.length > 0 && !positionals.includes(fault.name)) continue
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = Number(values.seed) + round
    process.stderr.write(`${fault.name}, seed ${seed}\n`)
    const ran = await runFault(fault, seed, form)
    if ('skipped' in ran) process.stderr.write(`skipped: ${ran.skipped}\n`)
    else rounds.push(ran)
  }
}
process.stdout.write(`${toTable(rounds, form)}\n`)
const failures = failuresOf(rounds)
for (const failure of failures) process.stderr.write(`${failure}\n`)
process.exit(failures.length === 0 ? 0 : 1)
