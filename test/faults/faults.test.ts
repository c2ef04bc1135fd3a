import { expect, it } from 'vitest'
import { CITUS_PROGRAMS } from '../support/citus-cluster.ts'
import { CITUS_FAULTS } from './citus-faults.ts'
import { FAULTS } from './faults.ts'
import { compare, makeProjects } from './read-back.ts'
import { failuresOf } from './report.ts'
import { runFault, SHORT } from './run-fault.ts'
import { openStand } from './stand.ts'
import { Traffic } from './traffic.ts'

/** Few, since each takes seconds: `npm run faults` runs them all. */
const IN_CI = ['postgres-restarted', 'both-killed', 'one-of-two-killed']
const ON_CITUS = CITUS_FAULTS.map(({ name }) => name)

it.each(IN_CI)('nothing acknowledged is lost or doubled: %s (DEC-08)', survives)

it.skipIf(CITUS_PROGRAMS === undefined).each(ON_CITUS)(
  'nothing acknowledged is lost or doubled: %s (DEC-08)',
  survives,
)

async function survives(name: string): Promise<void> {
  const fault = FAULTS.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`there is no fault ${name}`)
  const round = await runFault(fault, 1, SHORT)
  if ('skipped' in round) throw new Error(round.skipped)
  expect(failuresOf([round])).toEqual([])
  expect(round.acknowledged).toBeGreaterThan(20)
  if (fault.mayGoUnnoticed === true) return
  // The fault was noticed, and traffic went on before and after it.
  expect([...round.answers.keys()].filter((answer) => answer !== '200')).not.toEqual([])
}

it('what is removed, changed or stored too often is noticed', async () => {
  const stand = await openStand()
  try {
    const [{ url } = { url: '' }] = stand.servers
    const projects = await makeProjects(url)
    const traffic = new Traffic({ seed: 1, clients: 4, pauseMs: 0, projects, urls: [url] })
    await traffic.untilAcknowledged(40)
    await traffic.stop()
    expect(await compare(url, projects, traffic.sent)).toMatchObject({ lost: [], doubled: [], wrong: [] })
    const [insertId = ''] = traffic.sent.flatMap(({ operation }) => operation.insertIds)
    const client = await stand.postgres.connect()
    await client.query('delete from event where insert_id = $1', [insertId])
    await client.query(`update profile set properties = properties || '{"n":99,"last":-1}'`)
    await client.end()
    const sentLess = traffic.sent.map((one) => ({ ...one, attempts: 0 }))
    const { lost, doubled, wrong } = await compare(url, projects, sentLess)
    expect(lost).toEqual([`event ${insertId}`])
    expect(doubled).toContainEqual(expect.stringMatching(/^event /))
    expect(doubled).toContainEqual(expect.stringMatching(/^\$append /))
    expect(wrong).toContainEqual(expect.stringMatching(/^the sum is 99/))
    expect(wrong).toContainEqual(expect.stringMatching(/: last is -1/))
  } finally {
    await stand.close()
  }
})
