import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { killIfThere } from '../support/own-postgres.ts'
import { postgresPid, until } from '../support/server-process.ts'
import { CITUS_FAULTS } from './citus-faults.ts'
import { diskFills } from './disk-fills.ts'
import type { Fault, Inflicting } from './fault.ts'
import type { Stand } from './stand.ts'

/** Every fault, by its name. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'postmaster-killed',
    title: '`kill -9` of the postmaster',
    stand: {},
    isInstant: true,
    async inflict({ postgres }) {
      await postgres.stop('kill')
      await postgres.start()
    },
  },
  {
    name: 'backend-killed',
    title: '`kill -9` of a backend of Postgres, which then restarts all',
    stand: {},
    isInstant: true,
    async inflict({ postgres }, { random }) {
      const [pid] = shuffled(await backends(postgres), random)
      killIfThere(pid ?? -1, 'SIGKILL')
    },
  },
  {
    name: 'server-killed',
    title: '`kill -9` of the server',
    stand: {},
    isInstant: true,
    inflict: async ({ servers }) => await servers[0]?.signal('SIGKILL'),
  },
  {
    name: 'embedded-server-killed',
    title: '`kill -9` of the server with the embedded Postgres',
    stand: { isEmbedded: true },
    isInstant: true,
    inflict: async ({ servers }) => await servers[0]?.signal('SIGKILL'),
  },
  {
    name: 'both-killed',
    title: '`kill -9` of the server and of the embedded Postgres',
    stand: { isEmbedded: true },
    isInstant: true,
    async inflict({ servers, dataDir = '' }) {
      const postmaster = (await postgresPid(dataDir)) ?? -1
      const ended = servers[0]?.signal('SIGKILL')
      killIfThere(postmaster, 'SIGKILL')
      await ended
    },
  },
  {
    name: 'embedded-postmaster-killed',
    title: '`kill -9` of the embedded Postgres: the server ends, and is started again',
    stand: { isEmbedded: true },
    isInstant: true,
    async inflict({ servers, dataDir = '' }) {
      const restarts = servers[0]?.restarts
      killIfThere((await postgresPid(dataDir)) ?? -1, 'SIGKILL')
      await until('the restart', () => servers[0]?.restarts !== restarts)
    },
  },
  {
    name: 'postgres-restarted',
    title: 'Postgres is restarted (`immediate`)',
    stand: {},
    isInstant: true,
    async inflict({ postgres }) {
      await postgres.stop('immediate')
      await postgres.start()
    },
  },
  {
    name: 'postgres-stopped',
    title: 'Postgres is stopped for {stoppedMs}',
    stand: {},
    async inflict({ postgres }, { stoppedMs }) {
      await postgres.stop('fast')
      await delay(stoppedMs)
      await postgres.start()
    },
  },
  {
    name: 'postgres-frozen',
    title: 'Postgres is frozen (`SIGSTOP`) for {frozenMs}',
    stand: {},
    async inflict({ postgres }, { frozenMs }) {
      const thaw = postgres.freeze()
      await delay(frozenMs)
      thaw()
    },
  },
  {
    name: 'connections-used-up',
    title: '`max_connections` is used up by others for {othersMs}',
    stand: {},
    inflict: useUpConnections,
  },
  {
    name: 'events-locked',
    title: 'the table of events is locked for {lockedMs}',
    stand: {},
    async inflict({ postgres }, { lockedMs }) {
      const client = await postgres.connect()
      await client.query('begin; lock table event in access exclusive mode')
      await delay(lockedMs)
      await client.query('rollback')
      await client.end()
    },
  },
  {
    name: 'backends-terminated',
    title: 'backends are terminated and statements cancelled at random for {othersMs}',
    stand: {},
    inflict: terminateAtRandom,
  },
  diskFills,
  {
    name: 'one-of-two-killed',
    title: 'one of two servers behind a round-robin client is killed (`kill -9`)',
    stand: { servers: 2 },
    isInstant: true,
    inflict: async ({ servers }, { random }) => await servers[random() < 0.5 ? 0 : 1]?.signal('SIGKILL'),
  },
  {
    name: 'two-restarted',
    title: 'two servers behind a round-robin client are restarted one after the other (SIGTERM)',
    stand: { servers: 2 },
    async inflict({ servers }) {
      for (const server of servers) {
        await server.signal('SIGTERM')
        await server.untilReady()
      }
    },
  },
  ...CITUS_FAULTS,
]

const BACKENDS = `
  select pid from pg_stat_activity where application_name = 'twinpanel' and datname = current_database()`

async function backends(postgres: Stand['postgres']): Promise<readonly number[]> {
  const client = await postgres.connect()
  const { rows } = await client.query<{ pid: number }>(BACKENDS)
  await client.end()
  return rows.map(({ pid }) => pid)
}

/** Takes every connection that there is, and those of the server, whose place is taken at once. */
async function useUpConnections({ postgres }: Stand, { othersMs }: Inflicting): Promise<void> {
  const others: pg.Client[] = []
  const control = await postgres.connect()
  const fill = async () => {
    for (;;) {
      const client = await postgres.connect().catch(() => undefined)
      if (client === undefined) return
      others.push(client)
    }
  }
  const untilMs = performance.now() + othersMs
  while (performance.now() < untilMs) {
    await fill()
    await control.query(`select pg_terminate_backend(pid) from (${BACKENDS} limit 5) as own`)
  }
  for (const client of [...others, control]) await client.end()
}

const MEAN_PAUSE_MS = 30

async function terminateAtRandom({ postgres }: Stand, { othersMs, random }: Inflicting): Promise<void> {
  const client = await postgres.connect()
  const untilMs = performance.now() + othersMs
  while (performance.now() < untilMs) {
    const how = random() < 0.3 ? 'pg_terminate_backend' : 'pg_cancel_backend'
    await client.query(`
      select ${how}(pid) from pg_stat_activity
      where application_name = 'twinpanel' and (state <> 'idle' or ${random() < 0.2})
      order by md5(pid::text || ${random()}) limit 1`)
    await delay(2 * MEAN_PAUSE_MS * random())
  }
  await client.end()
}

function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}
