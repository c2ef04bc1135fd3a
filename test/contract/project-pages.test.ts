import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

/* The list of projects, in pages: `GET /_twin/projects`. */

const COUNT = 1_010

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  await server.db.pool.query(
    `insert into project (token, name, id_management, timezone, settings, secret_hash)
     select 'token-' || n, case when n % 100 = 7 then 'Shop 100% ' || n else 'Name_' || n end,
            'simplified', 'UTC', '{}', sha256(n::text::bytea)
     from generate_series(1, ${COUNT}) as n order by n`,
  )
})
afterAll(() => server.close())

interface Page {
  readonly projects: readonly { readonly token: string }[]
  readonly next: string | null
}

async function list(query = ''): Promise<Page> {
  const answer = await server.send({ url: `/_twin/projects${query}` })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

const tokens = ({ projects }: Page) => projects.map(({ token }) => token)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => `token-${n + 1}`)

describe('the list of projects (VRD-02)', () => {
  it('is a thousand, the oldest first, unless a limit says otherwise, and then the rest', async () => {
    const first = await list()
    expect(tokens(first)).toEqual(upTo(COUNT).slice(0, 1_000))
    const rest = await list(`?after=${first.next}`)
    expect([tokens(rest), rest.next]).toEqual([upTo(COUNT).slice(1_000), null])
  })

  it.each(['oldest', 'newest'])('comes in pages, each project once: %s', async (order) => {
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Page = await list(`?limit=101&order=${order}${next === '' ? '' : `&after=${next}`}`)
      expect(page.projects.length).toBeLessThanOrEqual(101)
      seen.push(...tokens(page))
      next = page.next
    }
    expect(seen).toEqual(order === 'oldest' ? upTo(COUNT) : upTo(COUNT).toReversed())
  })

  it('has no next where a page ends with the last', async () => {
    expect((await list(`?limit=10&after=${(await list('?limit=1000')).next}`)).next).toBeNull()
  })

  it.each([
    ['TOKEN-101', ['token-101', 'token-1010']],
    ['shop 100% 9', ['token-907']],
    ['name_1000', ['token-1000']],
    ['%', upTo(COUNT).filter((_, at) => (at + 1) % 100 === 7)],
    ['_1009', ['token-1009']],
    ['no such', []],
    ['\u0000', []],
    ["'", []],
  ])('finds what has %j in its name or token, whatever the case', async (search, found) => {
    const page = await list(`?search=${encodeURIComponent(search)}`)
    expect([tokens(page), page.next]).toEqual([found, null])
  })

  it('searches in pages too', async () => {
    const first = await list('?search=shop&limit=4&order=newest')
    expect(tokens(first)).toEqual(['token-1007', 'token-907', 'token-807', 'token-707'])
    const next = await list(`?search=shop&limit=4&order=newest&after=${first.next}`)
    expect(tokens(next)).toEqual(['token-607', 'token-507', 'token-407', 'token-307'])
  })

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'after=x',
    'after=-1',
    'after=9999999999',
    'order=up',
    'serach=x',
  ])('refuses %s with a sentence', async (query) => {
    const answer = await server.send({ url: `/_twin/projects?${query}` })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toMatch(/^(limit must|after must|order must|There is no parameter "serach")/)
  })
})
