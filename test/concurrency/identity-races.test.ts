import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordOf, requestOf } from '../support/histories.ts'
import { IdentityModel, type Mode, type ModelRecord } from '../support/identity-model.ts'
import { type SharedServers, startSharedServers, type TestProject } from '../support/server.ts'

/*
 * The same history, sent by eight servers on one database at once. Whatever the order of arrival: no conflict
 * surfaces, nothing is lost, and the users are those that some order of arrival makes: the one in which the links
 * were in fact made.
 */

const SERVERS = 8
/** RACE_ROUNDS=200 takes over a minute, and finds what is rare. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 10)
/** Of each of the four kinds of project. */
const ROUNDS_OF_EACH = Math.ceil(ROUNDS / 4)
const MAX_IDS = 4
const NO_LIMIT = 501

let servers: SharedServers
beforeAll(async () => {
  servers = await startSharedServers(SERVERS)
})
afterAll(() => servers.close())

/** A history in batches of up to three, from a seed: each round another. */
function historyOf(mode: Mode, seed: number): readonly (readonly ModelRecord[])[] {
  const [records = []] = fc.sample(fc.array(recordOf(mode), { minLength: 6, maxLength: 12 }), {
    seed,
    numRuns: 1,
  })
  const told = records.map((record, at) => ({ ...record, insertId: `i-${at}` }))
  return Array.from({ length: Math.ceil(told.length / 3) }, (_, at) => told.slice(at * 3, at * 3 + 3))
}

/** Every server sends all batches, each beginning at another, one after the other. */
async function sendFromAll(history: readonly (readonly ModelRecord[])[], project: TestProject) {
  const all = servers.apps.map(async (app, start) => {
    for (const [at] of history.entries()) {
      const batch = history[(at + start) % history.length] ?? []
      const answer = await app.inject(requestOf(batch, project, false))
      expect([answer.statusCode, answer.body.includes('failed_records')]).toEqual([200, false])
    }
  })
  await Promise.all(all)
}

interface Link {
  readonly from_id: string
  readonly to_id: string
  readonly insert_id: string
}

const rowsOf = async <T extends object>(text: string, project: TestProject) =>
  (await servers.db.pool.query<T>(text, [project.records_id])).rows

/** Ids that share a canonical id, by that id. */
async function clustersOf(project: TestProject): Promise<Map<string, string[]>> {
  const rows = await rowsOf<{ distinct_id: string; canonical: string }>(
    'select distinct_id, canonical from identity where project_id = $1 order by first_seen_seq',
    project,
  )
  const clusters = new Map<string, string[]>()
  for (const { distinct_id: id, canonical } of rows) {
    const own = clusters.get(canonical) ?? (id === canonical ? [] : [canonical])
    clusters.set(canonical, [...new Set([...own, id])])
  }
  return clusters
}

const linksOf = (project: TestProject) =>
  rowsOf<Link>(
    'select from_id, to_id, insert_id from identity_link where project_id = $1 order by seq',
    project,
  )

/** Takes the records that made links in the order in which they did, then all others. */
function replay(mode: Mode, max: number, records: readonly ModelRecord[], links: readonly Link[]) {
  const model = new IdentityModel(mode, max)
  const made = links.flatMap((link) => records.filter(({ insertId }) => insertId === link.insert_id))
  for (const record of [...made, ...records]) model.take(record)
  return model
}

/** Clusters of two ids and more, whatever they go by. */
const groups = (clusters: Iterable<readonly string[]>) =>
  [...clusters]
    .filter((ids) => ids.length > 1)
    .map((ids) => ids.toSorted().join(' '))
    .sort()

describe.each([
  ['simplified', NO_LIMIT],
  ['original', NO_LIMIT],
  ['original', MAX_IDS],
  ['legacy', NO_LIMIT],
] as const)('%s projects with at most %i ids a user', (mode, max) => {
  it('end as some order of the requests would (DEC-06, IDS-31, IDO-33)', async () => {
    for (let round = 0; round < ROUNDS_OF_EACH; round++) {
      const history = historyOf(mode, round)
      const project = await servers.createProject({ id_management: mode, settings: { id_cluster_max: max } })
      await sendFromAll(history, project)
      const [clusters, links] = [await clustersOf(project), await linksOf(project)]
      // Every link that was made is still there: both ends are one user.
      for (const { from_id, to_id } of links) {
        const [own] = [...clusters.values()].filter((ids) => ids.includes(from_id))
        expect(own, `${from_id} and ${to_id}`).toContain(to_id)
      }
      for (const ids of clusters.values()) expect(ids.length).toBeLessThanOrEqual(max)
      const model = replay(mode, max, history.flat(), links)
      expect(groups(clusters.values())).toEqual(groups(model.users().map((user) => user.ids)))
      const [events] = await rowsOf<{ n: number }>(
        `select count(distinct insert_id)::integer as n from event where project_id = $1`,
        project,
      )
      expect(events?.n).toBe(new Set(model.users().flatMap((user) => user.events)).size)
    }
  }, 120_000)
})

describe('order-free links', () => {
  it('any number of merges at once make the users that the ids make (DEC-06, IDO-20)', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `id-${n}`)
    for (let round = 0; round < ROUNDS; round++) {
      const pairs = fc.sample(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), {
        seed: round,
        numRuns: 9,
      })
      const records = pairs.map((pair, at) => ({ kind: 'merge' as const, ids: pair, insertId: `m-${at}` }))
      const project = await servers.createProject({ id_management: 'original' })
      await sendFromAll(
        records.map((record) => [record]),
        project,
      )
      const model = new IdentityModel('original', NO_LIMIT)
      for (const record of records) model.take(record)
      const clusters = await clustersOf(project)
      expect(groups(clusters.values())).toEqual(groups(model.users().map((user) => user.ids)))
      // The canonical id is the one that was received first (IDO-23): rows come in that order.
      for (const [canonical, own] of clusters) expect(own[0]).toBe(canonical)
    }
  }, 120_000)

  it('of many users that claim a device at once exactly one gets it (IDS-31)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await servers.createProject()
      const claims = servers.apps.map((app, at) => {
        const record = { kind: 'event' as const, ids: ['x', 'D', `U${at}`], insertId: `c-${at}` }
        return app.inject(requestOf([record], project, false))
      })
      const answers = await Promise.all(claims)
      expect(answers.map((answer) => answer.body)).toEqual(answers.map(() => '1'))
      const [owner, ...others] = await linksOf(project)
      expect([owner?.from_id, others]).toEqual(['$device:D', []])
      const failed = await rowsOf<{ distinct_id: string }>(
        `select distinct_id from event where project_id = $1 and properties ? '$identity_failure_reason'`,
        project,
      )
      const losers = servers.apps.map((_, at) => `U${at}`).filter((user) => user !== owner?.to_id)
      expect(failed.map((row) => row.distinct_id).sort()).toEqual(losers.sort())
    }
  }, 60_000)
})
