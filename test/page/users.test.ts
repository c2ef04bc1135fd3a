import { describe, expect, it } from 'vitest'
import { importJson } from '../support/server.ts'
import { expectAccessible, inspect, keepPicture, pageSuite } from './support/page-suite.ts'

/* Users: found by whatever names them, with what joined their ids and what did not, as a sentence, a graph and tables. */

const suite = pageSuite()
const usersOf = (token: string, rest = '') => `#/p/${encodeURIComponent(token)}/users${rest}`

const PROFILE = {
  $name: 'Charlie C',
  $email: 'c@example.com',
  $phone: '+555',
  plan: 'pro',
  age: 33,
  tags: ['a'],
}

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
  const profile = { $token: token, $distinct_id: 'charlie', $set: PROFILE }
  const answer = await suite.server.inject({ method: 'POST', url: '/engage', payload: [profile] })
  expect(answer.statusCode).toBe(200)
  return project
}

/** Types and submits before anything is drawn again. */
const TYPE_AND_ENTER = `
  const field = document.querySelector('input[type=search]')
  field.value = 'tayl'
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  field.form.requestSubmit()
`

describe('the users', () => {
  it('are listed with the last seen first, and one that arrives is seen', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token))
    const charlie = page.getByRole('row').filter({ hasText: 'Charlie C' })
    await charlie.waitFor()
    const cells = await charlie.getByRole('cell').allInnerTexts()
    expect(cells.slice(0, 3)).toEqual(['c@example.com', '3', '3'])
    expect(cells[3]).toMatch(/^(now|\d+ s ago)$/)
    await suite.track([{ event: 'Hello', properties: { token, distinct_id: 'newcomer' } }])
    await page.getByRole('row').nth(1).filter({ hasText: 'newcomer' }).waitFor()
  })

  it('are found by any id, name, e-mail address or phone number as one types', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token))
    await page.getByRole('row').filter({ hasText: 'taylor' }).waitFor()
    await page.keyboard.press('/')
    for (const text of ['HARLIE c', 'example.COM', '555', '$device:d2']) {
      await page.getByRole('searchbox').fill(text)
      await page
        .getByRole('status')
        .filter({ hasText: `1 user has “${text}”` })
        .waitFor()
      expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(['Charlie C\ncharlie'])
    }
    await expectAccessible(page)
    await page.getByRole('searchbox').fill('nobody at all')
    await page.getByText('No user has “nobody at all” in an id, name').waitFor()
    await page.reload()
    await page.getByText('No user has “nobody at all” in an id, name').waitFor()
    await page.getByRole('searchbox').fill('tayl')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'taylor' }).waitFor()
    await page.getByRole('searchbox').pressSequentially('char')
    await page.getByRole('rowheader').filter({ hasText: 'charlie' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'taylor' }).waitFor()
  })

  it('are searched for what was typed last, however fast Enter follows it', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(`${usersOf(token)}?q=charlie`)
    await page.getByRole('searchbox').waitFor()
    await page.evaluate(TYPE_AND_ENTER)
    await page.getByRole('heading', { name: 'taylor' }).waitFor()
  })

  it('are listed a page at a time', async () => {
    const { token } = await suite.createProject()
    const time = Math.floor(Date.now() / 1_000) - 1_000
    const events = Array.from({ length: 230 }, (_, n) => {
      return { event: 'Login', properties: { time: time + n, $insert_id: `i${n}`, distinct_id: `user_${n}` } }
    })
    expect((await suite.server.inject(importJson(token, events))).statusCode).toBe(200)
    const page = await suite.open(usersOf(token))
    const heads = page.getByRole('rowheader')
    await expect.poll(() => heads.count()).toBe(100)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => heads.count()).toBe(200)
    await suite.track([{ event: 'Hello', properties: { token, distinct_id: 'newcomer' } }])
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => heads.count()).toBe(230)
    const names = Array.from({ length: 230 }, (_, n) => `user_${229 - n}`)
    expect(await heads.allInnerTexts()).toEqual(names)
  })

  it('are opened by any id, with ids, links, profile and events', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token))
    await page.getByRole('row').filter({ hasText: 'Charlie C' }).waitFor()
    await page.keyboard.press('/')
    await page.getByRole('searchbox').fill('$device:d2')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Charlie C', level: 1 }).waitFor()
    expect(page.url()).toContain('/users/%24device%3Ad2')
    const ids = page.getByRole('table', { name: 'Ids: 3' }).getByRole('row')
    expect(await ids.filter({ hasText: '$device:d2' }).getByRole('cell').first().innerText()).toBe('device')
    await ids.filter({ hasText: '$device:d2' }).filter({ hasText: 'Login' }).waitFor()
    const profile = page.getByRole('table', { name: 'Properties of the profile' }).getByRole('row')
    expect(await profile.allInnerTexts()).toEqual([
      'Property\tValue\tType',
      'age\t33\tnumber',
      'plan\tpro\tstring',
      'tags\t["a"]\tlist',
      '$email\tc@example.com\tstring',
      expect.stringMatching(/^\$last_seen\t.+\tdate$/),
      '$name\tCharlie C\tstring',
      '$phone\t+555\tstring',
    ])
    await page.getByText('Merges: 2').click()
    await page.getByRole('table', { name: 'Merges, in order' }).getByText('Signed up').waitFor()
    await page.getByRole('link', { name: 'Page viewed' }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Page viewed' }).waitFor()
  })

  it('are told in one sentence, first, why they are one user or two', async () => {
    const { token } = await projectWithUsers()
    await suite.track([
      { event: '$create_alias', properties: { token, distinct_id: 'robin', alias: '+6512345678' } },
      { event: 'Login', properties: { token, distinct_id: 'robin' } },
    ])
    const sentences = {
      charlie: 'charlie and taylor are two users: $device:d1 already belongs to charlie.',
      robin: 'robin and +6512345678 are two users: $create_alias does nothing in Simplified ID Merge.',
    }
    for (const [id, sentence] of Object.entries(sentences)) {
      const page = await suite.open(usersOf(token, `/${id}`))
      await page.getByText(sentence).waitFor()
      expect(await page.getByRole('heading').allInnerTexts()).toEqual([
        id === 'charlie' ? 'Charlie C' : id,
        'Problems',
        'Identities',
        'Profile',
        'Events',
      ])
      expect(await page.evaluate(SCROLL_BOXES)).toEqual([])
    }
  })

  it('show what was refused, and why, in the graph and beside it', async () => {
    const { token } = await projectWithUsers()
    const page = await suite.open(usersOf(token, '/taylor'))
    const graph = page.getByRole('group', { name: 'Graph of the identities: 2 ids, 0 links, 1 refused.' })
    await graph.waitFor()
    expect(await graph.locator('text.is-refused').textContent()).toBe('device of another user')
    expect(await graph.locator('text.name').allTextContents()).toEqual(['taylor', '$device:d1'])
    await graph.locator('.node.role-other').click()
    const chosen = page.getByRole('region', { name: 'The id $device:d1' })
    await chosen.getByText('Not joined with taylor').waitFor()
    await keepPicture(page, 'users-graph-refused')
    await expectAccessible(page)
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByText('$device:d1 already belongs to charlie.').waitFor()
    await page.getByText('Refused: 1').click()
    await page.getByRole('link', { name: /^\$device:d1 already belongs to charlie/ }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Borrowed' }).waitFor()
  })

  it('list their errors before their warnings, and scroll by themselves, not with the document', async () => {
    const { token } = await suite.createProject()
    const properties = { token, distinct_id: 'charlie' }
    const eight = Date.now() / 1_000 - 8 * 86_400
    await suite.track([{ event: 'Old', properties: { ...properties, time: eight } }])
    await suite.track([{ event: 'Long', properties: { ...properties, text: 'a'.repeat(9_000) } }])
    const page = await suite.open(`#/p/${token}/users/charlie`)
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByText('time.too_old_for_track').waitFor()
    expect(await problems.locator('.mark').allInnerTexts()).toEqual(['Error', 'Warning'])
    const spare = 'document.documentElement.scrollHeight - innerHeight'
    expect(await page.evaluate(spare)).toBe(0)
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
    await page.getByText('Queries and the export show this user as one from').waitFor()
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
  it('has a graph that groups them, is searched, moved and enlarged, by keys too, and labels that cover nothing', async () => {
    const { token } = await suite.createProject()
    const time = Math.floor(Date.now() / 1_000) - 1_000
    const events = Array.from({ length: 499 }, (_, n) => ({
      event: 'Login',
      properties: { time: time + n, $insert_id: `i${n}`, $device_id: `d${n}`, $user_id: 'hub' },
    }))
    expect((await suite.server.inject(importJson(token, events))).statusCode).toBe(200)
    const page = await suite.open(usersOf(token, '/hub'))
    const graph = page.getByRole('group', { name: 'Graph of the identities: 500 ids, 499 links, 0 refused.' })
    const names = graph.locator('text.name')
    await graph.waitFor()
    await expect.poll(() => names.allTextContents()).toEqual(['hub', '499 devices'])
    await keepPicture(page, 'users-500-ids-grouped')
    const search = page.getByRole('search', { name: 'In the graph' })
    await search.getByRole('textbox').fill('d321')
    await search.getByText('1 found').waitFor()
    expect(await names.allTextContents()).toContain('$device:d321')
    expect(await graph.locator('.node').count()).toBe(3)
    await page.keyboard.press('Enter')
    const chosen = page.getByRole('region', { name: 'The id $device:d321' })
    await chosen.getByText('Joined with hub').waitFor()
    await keepPicture(page, 'users-500-ids-found')
    await chosen.getByRole('button', { name: 'Login' }).click()
    await page.getByRole('complementary').getByRole('heading', { name: 'Login' }).waitFor()
    await page.getByText('i321', { exact: true }).first().waitFor()
    await page.goBack()
    await graph.waitFor()
    await page.getByRole('button', { name: 'Show the 499 devices' }).press('Enter')
    await expect.poll(() => graph.locator('.node').count()).toBe(500)
    const shown = await names.count()
    expect(shown).toBeGreaterThan(5)
    expect(await page.evaluate(OVERLAPS)).toBe(0)
    await keepPicture(page, 'users-500-ids')
    const place = async () => (await graph.locator('.node.role-user').boundingBox())?.x ?? Number.NaN
    const before = await place()
    await graph.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(async () => (await place()) - before).toBeCloseTo(60, 0)
    for (let n = 0; n < 3; n += 1) await page.getByRole('button', { name: 'Make the graph larger' }).click()
    expect(await page.evaluate(OVERLAPS)).toBe(0)
    await keepPicture(page, 'users-500-ids-larger')
    await page.getByRole('button', { name: 'Show all', exact: true }).click()
    await expect.poll(() => names.count()).toBe(shown)
    await page.getByRole('button', { name: 'Group alike ids' }).click()
    await expect.poll(() => graph.locator('.node').count()).toBe(2)
    await graph.locator('.node.is-group').click()
    await expect.poll(() => graph.locator('.node').count()).toBe(500)
  })
})

/** How many labels of the graph cover another one or a dot. */
const OVERLAPS = `(() => {
  const boxesOf = (selector) =>
    [...document.querySelectorAll('.graph > div ' + selector)].map((own) => own.getBoundingClientRect())
  const labels = boxesOf('.label rect')
  const isOver = (a, b) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  const dots = boxesOf('.node circle:not(.reach)')
  return labels.flatMap((a, at) => [...labels.slice(at + 1), ...dots].filter((b) => isOver(a, b))).length
})()`

/** What scrolls within the page, sideways or down. */
const SCROLL_BOXES = `[...document.querySelectorAll('.page *')]
  .filter((own) => /auto|scroll/.test(getComputedStyle(own).overflow))
  .map((own) => own.className)`
