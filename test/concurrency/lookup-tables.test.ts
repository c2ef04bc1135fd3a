import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, type SharedServers, startSharedServers, type TestProject } from '../support/server.ts'

/*
 * Lookup tables are replaced while they are read, by several servers at once, and by senders that go away half way:
 * a reader sees one content whole, and nothing stays of the others (LKP-02).
 */

const ROWS = 3_000

let servers: SharedServers
let urls: readonly string[]
beforeAll(async () => {
  servers = await startSharedServers(2)
  urls = await Promise.all(servers.apps.map((app) => app.listen({ host: '127.0.0.1', port: 0 })))
})
afterAll(() => servers.close())

const urlOf = (at: number): string => urls[at % urls.length] ?? ''
const tablesUrl = ({ project_id }: TestProject) => `/_twin/projects/${project_id}/lookup-tables`

async function projectWithTable(): Promise<TestProject> {
  const project = await servers.createProject()
  const body = JSON.stringify({ name: 'T', id: 't' })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(urlOf(0) + tablesUrl(project), { method: 'POST', headers, body })
  if (answer.status !== 201) throw new Error(await answer.text())
  return project
}

/** All rows of a content say which one it is. */
const csv = (content: number, rows = ROWS) =>
  `id,content\n${Array.from({ length: rows }, (_, at) => `k${at},${content}\n`).join('')}`

async function replace(project: TestProject, at: number, body: string): Promise<number> {
  const url = `${urlOf(at)}/lookup-tables/t?project_id=${project.project_id}`
  const answer = await fetch(url, { method: 'PUT', headers: basic(project.secret), body })
  await answer.arrayBuffer()
  return answer.status
}

interface Page {
  readonly row_count: number
  readonly rows: readonly { readonly properties: { readonly content: number } }[]
  readonly next: string | null
}

/** Reads the table in one page or, with a limit, in several; undefined where it was replaced between two. */
async function read(project: TestProject, at: number, limit: number) {
  const rows: Page['rows'][number][] = []
  let counts = new Set<number>()
  for (let after = ''; ; ) {
    const query = `limit=${limit}${after && `&after=${after}`}`
    const answer = await fetch(`${urlOf(at)}${tablesUrl(project)}/t?${query}`)
    if (answer.status === 409) return undefined
    if (answer.status !== 200) throw new Error(await answer.text())
    const page = (await answer.json()) as Page
    rows.push(...page.rows)
    counts = counts.add(page.row_count)
    if (page.next === null) break
    after = page.next
  }
  return {
    count: rows.length,
    counts: [...counts],
    contents: [...new Set(rows.map((row) => row.properties.content))],
  }
}

async function storedRows(project: TestProject): Promise<number> {
  const { rows } = await servers.db.pool.query<{ n: number }>(
    'select count(*)::integer as n from lookup_row where project_id = $1',
    [project.records_id],
  )
  return rows[0]?.n ?? -1
}

const whole = (content: number, rows = ROWS) => ({ count: rows, counts: [rows], contents: [content] })

describe('a table under replacement (LKP-02)', () => {
  it.each([
    ['one page', 1_000, 1_000],
    ['several pages', ROWS, 1_000],
  ])('is read whole, %s, and never as it was before', async (_name, rows, limit) => {
    const project = await projectWithTable()
    expect(await replace(project, 0, csv(0, rows))).toBe(200)
    let isDone = false
    const reader = async (at: number) => {
      const seen: number[] = []
      for (let n = 0; !isDone; n++) {
        const table = await read(project, at + n, limit)
        if (table === undefined) continue
        const [content = -1] = table.contents
        expect(table).toEqual(whole(content, rows))
        seen.push(content)
      }
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      return seen.length
    }
    const readers = [reader(0), reader(1), reader(0)]
    for (let content = 1; content <= 8; content++) {
      expect(await replace(project, content, csv(content, rows))).toBe(200)
      expect(await read(project, content + 1, limit)).toEqual(whole(content, rows))
    }
    isDone = true
    for (const count of await Promise.all(readers)) expect(count).toBeGreaterThan(0)
    expect(await storedRows(project)).toBe(rows)
  })

  it('by many at once becomes what one of them sent, and what was replaced does not come back', async () => {
    const project = await projectWithTable()
    let isDone = false
    const seen: number[] = []
    const watch = async () => {
      while (!isDone) {
        const [content] = (await read(project, seen.length, 1_000))?.contents ?? []
        if (content !== undefined && seen.at(-1) !== content) seen.push(content)
      }
    }
    const sent = Array.from({ length: 12 }, (_, at) => at + 1)
    const send = async () => {
      const statuses = await Promise.all(sent.map((content) => replace(project, content, csv(content))))
      isDone = true
      return statuses
    }
    const [statuses] = await Promise.all([send(), watch()])
    expect(statuses).toEqual(sent.map(() => 200))
    expect(new Set(seen).size).toBe(seen.length)
    const last = await read(project, 0, 1_000)
    const [content = -1] = last?.contents ?? []
    expect(sent).toContain(content)
    expect(last).toEqual(whole(content))
    expect(await storedRows(project)).toBe(ROWS)
  })

  it('by a slow sender and a quick one: each counts when its last row has come', async () => {
    const project = await projectWithTable()
    const slow = await sendHalf(project, 0, csv(1, 20_000))
    expect(await replace(project, 0, csv(2))).toBe(200)
    expect(await read(project, 1, 1_000)).toEqual(whole(2))
    expect(await slow.sendRest()).toMatch(/^HTTP\/1.1 200 /)
    expect(await read(project, 1, 1_000)).toEqual(whole(1, 20_000))
    expect(await storedRows(project)).toBe(20_000)
  })

  it('stays as it was when a bad row comes at the end, or the sender goes away half way', async () => {
    const project = await projectWithTable()
    expect(await replace(project, 0, csv(1))).toBe(200)
    for (let round = 0; round < 5; round++) {
      const [status] = await Promise.all([
        replace(project, round, `${csv(2, 20_000)}k0,2\n`),
        sendHalf(project, round, csv(9, 50_000)).then(({ socket }) => socket.destroy()),
      ])
      expect(status).toBe(400)
      expect(await read(project, round, 1_000)).toEqual(whole(1))
    }
    await expect.poll(() => underWay(), { timeout: 20_000 }).toBe(0)
    expect(await storedRows(project)).toBe(ROWS)
    expect(await replace(project, 0, csv(3))).toBe(200)
    expect(await read(project, 1, 1_000)).toEqual(whole(3))
  })

  it('that is deleted, or whose project is reset, meanwhile is gone, with all rows', async () => {
    for (const [method, path] of [
      ['DELETE', 'lookup-tables/t'],
      ['POST', 'reset'],
      ['DELETE', ''],
    ] as const) {
      const project = await projectWithTable()
      const sent = Promise.all([1, 2, 3, 4].map((content) => replace(project, content, csv(content))))
      const answer = await fetch(`${urlOf(0)}/_twin/projects/${project.project_id}/${path}`, { method })
      expect(answer.status).toBe(204)
      for (const status of await sent) expect([200, 401, 404]).toContain(status)
      // They are deleted after the answer.
      await expect.poll(() => storedRows(project), { timeout: 20_000 }).toBe(0)
    }
  })
})

/** Sends half of a table and waits until a transaction has some of it. */
async function sendHalf(project: TestProject, at: number, body: string) {
  const { hostname, port } = new URL(urlOf(at))
  const socket = connect(Number(port), hostname)
  const head = [
    `PUT /lookup-tables/t?project_id=${project.project_id} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic(project.secret).authorization}`,
    `Content-Length: ${body.length}`,
  ]
  socket.on('error', () => undefined)
  const half = Math.floor(body.length / 2)
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, half)}`)
  await expect.poll(() => underWay(), { timeout: 20_000 }).toBeGreaterThan(0)
  const sendRest = async () => {
    const answer = once(socket, 'data')
    socket.write(body.slice(half))
    const [data] = await answer
    socket.destroy()
    return String(data)
  }
  return { socket, sendRest }
}

/** Transactions that write a lookup table now. */
async function underWay(): Promise<number> {
  const { rows } = await servers.db.pool.query<{ n: number }>(
    `select count(distinct pid)::integer as n from pg_locks l join pg_class c on c.oid = l.relation
     where c.relname = 'lookup_row' and l.mode = 'RowExclusiveLock' and l.database =
       (select oid from pg_database where datname = current_database())`,
  )
  return rows[0]?.n ?? -1
}
