import { describe, expect, it } from 'vitest'
import { importJson } from '../support/server.ts'
import { expectAccessible, inspect, keepPicture, pageSuite } from './support/page-suite.ts'

/* Users: found by any id, with what joined their ids and what did not, as a graph and as tables. */

const suite = pageSuite()
const usersOf = (token: string, rest = '') => `#/p/${encodeURIComponent(token)}/users${rest}`

/** charlie has two devices; taylor was refused one of them. */
async function projectWithUsers() {
  const project = await suite.createProject({ name: 'Shop' })
  const { token } = project
  await suite.track([
    { event: 'Page viewed', properties: { token, $device_id: 'd1' } },
    { event: 'Signed up', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    { event: 'Login', properties: { token, $device_id: 'd2', $user_id: 'charlie' } },
    { event: 'Borrowed', properties: { token, $device_id: 'd1', $user_id: 'taylor' } },
  ])
  const profile = { $token: token, $distinct_id: 'charlie', $set: { $name: 'Charlie C', plan: 'pro' } }
  const answer = await suite.server.inject({ method: 'POST', url: '/engage', payload: [profile] })
  expect(answer.statusCode).toBe(200)
  return project
}

describe('the users', () => {
  it('are listed by the id that they go by, and one that arrives is seen', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token))
    const charlie = page.getByRole('row').filter({ hasText: 'charlie' })
    await charlie.waitFor()
    expect(await charlie.getByRole('cell').allInnerTexts()).toEqual(['Charlie C', '3', '3'])
    await suite.track([{ event: 'Hello', properties: { token, distinct_id: 'newcomer' } }])
    await page.getByRole('row').filter({ hasText: 'newcomer' }).waitFor()
  })

  it('are found by any id, with ids, links, profile and events', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token))
    await page.keyboard.press('/')
    await page.getByRole('searchbox').fill('$device:d2')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'charlie' }).waitFor()
    expect(page.url()).toContain('/users/%24device%3Ad2')
    const ids = page.getByRole('table', { name: 'Ids: 3' }).getByRole('row')
    expect(await ids.filter({ hasText: '$device:d2' }).getByRole('cell').first().innerText()).toBe('device')
    await ids.filter({ hasText: '$device:d2' }).filter({ hasText: 'Login' }).waitFor()
    await page.getByText('"Charlie C"').waitFor()
    await page.getByText('Merges: 2').click()
    await page.getByRole('table', { name: 'Merges, in order' }).getByText('Signed up').waitFor()
    await page.getByRole('link', { name: 'Page viewed' }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Page viewed' }).waitFor()
  })

  it('show what was refused, and why, in the graph and beside it', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token, '/taylor'))
    const graph = page.getByRole('group', { name: 'Graph of the identities: 2 ids, 0 links, 1 refused.' })
    await graph.waitFor()
    expect(await graph.locator('text.is-refused').textContent()).toBe('device already assigned')
    expect(await graph.locator('text.name').allTextContents()).toEqual(['taylor', '$device:d1'])
    await graph.locator('.node.role-other').click()
    const chosen = page.getByRole('region', { name: 'The id $device:d1' })
    await chosen.getByText('Not joined with taylor').waitFor()
    await keepPicture(page, 'users-graph-refused')
    await expectAccessible(page)
    await page.getByRole('heading', { name: 'Why ids were not joined' }).waitFor()
    await page.getByText('Refused: 1').click()
    await page.getByRole('link', { name: 'identity.device_already_assigned' }).first().click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Borrowed' }).waitFor()
  })

  it('show what queries do not show yet', async () => {
    const day = 86_400_000
    const { token } = await suite.createProject({ settings: { identity_propagation_ms: day } })
    const seen = (properties: object) =>
      suite.track([{ event: 'Login', properties: { token, ...properties } }])
    await seen({ $device_id: 'd1' })
    await seen({ $device_id: 'd1', $user_id: 'charlie' })
    const page = await suite.open(usersOf(token))
    await page.getByRole('row').filter({ hasText: 'charlie' }).filter({ hasText: 'pending' }).waitFor()
    await page.getByRole('link', { name: 'charlie' }).click()
    const name = 'Graph of the identities: 2 ids, 1 link, 0 refused, 1 pending.'
    const graph = page.getByRole('group', { name })
    await graph.waitFor()
    expect(await graph.locator('text.is-pending').textContent()).toBe('Login, pending')
    await page.getByText('dotted: pending, queries do not show it yet').waitFor()
    await page.getByText('Queries and the export show this user as it is from').waitFor()
    const ids = page.getByRole('table', { name: 'Ids: 2' }).getByRole('row')
    await ids.filter({ hasText: '$device:d1' }).filter({ hasText: 'pending until' }).waitFor()
    await expectAccessible(page)
    await keepPicture(page, 'users-pending')
    const payload = { offset_ms: day }
    const url = `/_twin/projects/${token}/clock`
    expect((await suite.server.inject({ method: 'PUT', url, payload })).statusCode).toBe(200)
    await page.reload()
    await page.getByRole('group', { name: 'Graph of the identities: 2 ids, 1 link, 0 refused.' }).waitFor()
    expect(await page.getByText('pending').count()).toBe(0)
  })

  it('say so where no record has the id', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token, '/no%2Fbody'))
    await page.getByRole('alert').filter({ hasText: 'No record has the id “no/body”.' }).waitFor()
  })

  it('look right and are accessible', async () => {
    const { token } = await projectWithUsers()
    await inspect(suite, 'users', usersOf(token), (page) => page.getByText('Charlie C').waitFor())
    await inspect(suite, 'users-one', usersOf(token, '/charlie'), (page) =>
      page.getByText('Page viewed').waitFor(),
    )
  })
})

describe('a user of five hundred ids', () => {
  it('has a graph that is searched, moved and enlarged, by keys too, and labels no two of which overlap', async () => {
    const { token } = await suite.createProject()
    const time = Math.floor(Date.now() / 1_000) - 1_000
    const events = Array.from({ length: 499 }, (_, n) => ({
      event: 'Login',
      properties: { time: time + n, $insert_id: `i${n}`, $device_id: `d${n}`, $user_id: 'hub' },
    }))
    expect((await suite.server.inject(importJson(token, events))).statusCode).toBe(200)
    const page = await suite.open(usersOf(token, '/hub'))
    const graph = page.getByRole('group', { name: 'Graph of the identities: 500 ids, 499 links, 0 refused.' })
    await graph.waitFor()
    await graph.locator('text.name').filter({ hasText: 'hub' }).waitFor()
    const shown = await graph.locator('text.name').count()
    expect(shown).toBeGreaterThan(5)
    expect(await page.evaluate(OVERLAPS)).toBe(0)
    await keepPicture(page, 'users-500-ids')
    const search = page.getByRole('search', { name: 'In the graph' })
    await search.getByRole('textbox').fill('d321')
    await search.getByText('1 found').waitFor()
    expect(await graph.locator('.node.is-dim').count()).toBe(499)
    await page.keyboard.press('Enter')
    const chosen = page.getByRole('region', { name: 'The id $device:d321' })
    await chosen.getByText('Joined with hub').waitFor()
    await keepPicture(page, 'users-500-ids-found')
    await chosen.getByRole('button', { name: 'Login' }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Login' }).waitFor()
    await page.getByText('i321', { exact: true }).first().waitFor()
    await page.goBack()
    await graph.waitFor()
    await search.getByRole('textbox').fill('d321')
    await page.keyboard.press('Enter')
    await search.getByRole('textbox').fill('')
    await chosen.getByRole('button', { name: 'Close' }).click()
    const place = async () => (await graph.locator('.node.role-user').boundingBox())?.x ?? Number.NaN
    const before = await place()
    await graph.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(async () => (await place()) - before).toBeCloseTo(60, 0)
    for (let n = 0; n < 3; n += 1) await page.getByRole('button', { name: 'Make the graph larger' }).click()
    expect(await page.evaluate(OVERLAPS)).toBe(0)
    await keepPicture(page, 'users-500-ids-larger')
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(() => graph.locator('text.name').count()).toBe(shown)
  })
})

/** How many pairs of labels of the graph cover each other, beyond their edges. */
const OVERLAPS = `(() => {
  const boxes = [...document.querySelectorAll('.graph text')].map((own) => own.getBoundingClientRect())
  const isOver = (a, b) =>
    a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 4 && b.top < a.bottom - 4
  return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => isOver(a, b))).length
})()`
