import { describe, expect, it } from 'vitest'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inspect,
  keepPicture,
  pageSuite,
} from './support/page-suite.ts'

/* Verdicts: what was told of a project's records, by code. */

const suite = pageSuite()
const verdictsOf = (token: string) => `#/p/${encodeURIComponent(token)}/verdicts`

async function projectWithVerdicts() {
  const project = await suite.createProject({ name: 'Shop' })
  const { token } = project
  await suite.track([
    { event: 'Signed up', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'first' } },
    { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'second' } },
    { event: 'Borrowed', properties: { token, $device_id: 'd1', $user_id: 'taylor' } },
  ])
  return project
}

describe('the verdicts', () => {
  it('are counted by code, with the newest of each, and lead to their records', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    const alias = page.getByRole('region', { name: 'identity.alias_noop_simplified' })
    await alias.getByRole('heading', { name: '2 × identity.alias_noop_simplified' }).waitFor()
    await alias.getByText('Simplified ID Merge has no aliases.').waitFor()
    await alias.getByText('The newest:').click()
    await alias.getByText('"second"').waitFor()
    await suite.track([
      { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'third' } },
    ])
    await alias.getByRole('heading', { name: '3 ×' }).waitFor()
    await alias.getByRole('link', { name: 'Show in Live' }).click()
    const rows = page.getByRole('listbox', { name: 'Records' }).getByRole('option')
    await rows.first().waitFor()
    expect(await rows.locator('.line-name').allInnerTexts()).toEqual(Array(3).fill('$create_alias'))
  })

  it('say so where there are none', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(verdictsOf(token))
    await page.getByRole('heading', { name: 'Nothing to tell' }).waitFor()
    await keepPicture(page, 'verdicts-none')
    await page.getByRole('button', { name: 'Send a test event' }).click()
    await page.getByText('Sent to /track, which answered 1.').waitFor()
  })

  it('are narrowed to a severity, which the address keeps', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    const cards = page.locator('.code-card')
    await page.getByRole('region', { name: 'identity.device_already_assigned' }).waitFor()
    const all = await cards.count()
    await page.getByRole('button', { name: /^Errors/ }).click()
    await page.getByText('data was lost').waitFor()
    await page
      .getByRole('region', { name: 'identity.device_already_assigned' })
      .waitFor({ state: 'detached' })
    expect(await cards.count()).toBeLessThan(all)
    await page.reload()
    await page.getByRole('region', { name: 'identity.alias_noop_simplified' }).waitFor()
    expect(await page.getByRole('button', { name: /^Errors/ }).getAttribute('aria-pressed')).toBe('true')
  })

  it('lead by their rule to the catalogue of all that can be told, which is searched', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    await page
      .getByRole('region', { name: 'identity.alias_noop_simplified' })
      .getByRole('link', { name: /^Rule IDS-/ })
      .click()
    await page.getByRole('dialog').getByRole('link', { name: 'Show in the catalogue' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('searchbox').waitFor()
    await page.getByRole('region', { name: 'identity.alias_noop_simplified' }).waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toMatch(/^IDS-\d+$/)
    await page.getByRole('searchbox').fill('five days')
    await page
      .getByRole('region', { name: 'time.too_old_for_track' })
      .getByText('Send history to /import.')
      .waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await keepPicture(page, 'verdicts-catalogue')
    await page.goBack()
    await page.getByRole('heading', { name: '2 × identity.alias_noop_simplified' }).waitFor()
  })

  it('look right and are accessible', async () => {
    const { token } = await projectWithVerdicts()
    await inspect(suite, 'verdicts', verdictsOf(token), (page) =>
      page.getByRole('region', { name: 'identity.alias_noop_simplified' }).waitFor(),
    )
  })
})
