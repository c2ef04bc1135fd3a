import { describe, expect, it } from 'vitest'
import { inspect, pageSuite } from './support/page-suite.ts'

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
    await alias.getByRole('heading', { name: '2 × No effect' }).waitFor()
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
    await page.getByText('Nothing to tell').waitFor()
  })

  it('look right and are accessible', async () => {
    const { token } = await projectWithVerdicts()
    await inspect(suite, 'verdicts', verdictsOf(token), (page) =>
      page.getByRole('region', { name: 'identity.alias_noop_simplified' }).waitFor(),
    )
  })
})
