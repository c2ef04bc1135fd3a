import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { buildApp } from '../src/app.ts'
import { CommitQueue } from '../src/ingest/commit-queue.ts'
import { createLogger } from '../src/log.ts'
import { boundHeap } from '../src/server/heap.ts'
import { closeDatabase, openDatabase } from '../src/store/db.ts'
import { migrateToLatest } from '../src/store/migrate.ts'

// The measured server, in a separate process: start-server.ts starts it, passes the database and whether to store,
// receives the port, and ends it by closing the channel.

const { BENCH_SERVER_DATABASE_URL: connectionString = '', BENCH_SERVER_STORES: stores } = process.env

// Without storage: the same app, but commits succeed at once without writing anything.
if (stores === 'no') {
  CommitQueue.prototype.submit = () => Promise.resolve({ kind: 'committed', result: undefined })
}

boundHeap()
const db = openDatabase({ connectionString, maxConnections: 10 })
await migrateToLatest(db)
const app = await buildApp({
  db,
  log: createLogger('warn'),
  clock: Date.now,
  newId: randomUUID,
  settings: { unknownTokens: 'create', pagesMakeProjects: true, trustProxy: false, loopbackOnly: true },
})
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo
process.send?.({ port })

process.on('message', () => process.send?.({ usage: process.resourceUsage() }))
process.once('disconnect', async () => {
  await app.close()
  await closeDatabase(db)
  // The process then ends by itself, and writes its CPU profile, if any, on exit.
})
// Ctrl-C in the terminal reaches this process too, but run.ts decides when it ends.
process.on('SIGINT', () => undefined)
