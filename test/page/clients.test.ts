import { describe, expect, it } from 'vitest'
import { inspect, keepPicture, pageSuite } from './support/page-suite.ts'

/* Clients: which SDKs have sent records to a project, and what may surprise who works with them. */

const suite = pageSuite()
const clientsOf = (token: string) => `#/p/${encodeURIComponent(token)}/clients`

async function sendFrom(token: string, properties: object, headers: Record<string, string> = {}) {
  const payload = [{ event: 'Signed up', properties: { token, distinct_id: 'charlie', ...properties } }]
  const answer = await suite.server.inject({ method: 'POST', url: '/track', headers, payload })
  expect(answer.statusCode).toBe(200)
}

async function projectWithClients() {
  const { token } = await suite.createProject({ name: 'Shop' })
  await sendFrom(token, { mp_lib: 'python', $lib_version: '5.3.0' })
  await sendFrom(token, { mp_lib: 'ruby', $lib_version: '3.3.0' }, { host: 'api-eu.mixpanel.com' })
  await sendFrom(token, {}, { 'user-agent': 'curl/8.14.1' })
  return token
}

describe('the clients', () => {
  it('are listed with the form of their requests, and each pitfall with the clients that it affects', async () => {
    const token = await projectWithClients()
    const page = await suite.open(clientsOf(token))
    const table = page.getByRole('region', { name: 'Clients: 3' })
    const python = table.getByRole('row', { name: 'python 5.3.0' })
    await python.getByRole('cell', { name: '/track' }).waitFor()
    await table.getByRole('row', { name: 'curl 8.14.1 (from its User-Agent)' }).waitFor()
    const alias = page.getByRole('region', { name: 'python.alias_elsewhere' })
    await alias.getByText('sends to api.mixpanel.com').waitFor()
    await page.getByRole('region', { name: 'any.cloud_host' }).getByText('ruby 3.3.0').waitFor()
    await sendFrom(token, { mp_lib: 'go', $lib_version: 'v2.0.0' })
    await page.getByRole('row', { name: 'go v2.0.0' }).waitFor()
    const update = [{ $token: token, $distinct_id: 'charlie', $set: { $android_lib_version: '8.9.0' } }]
    await suite.server.inject({ method: 'POST', url: '/engage', payload: update })
    await page.getByRole('row', { name: 'android 8.9.0' }).waitFor()
    await page.getByText('Is an SDK missing here?').click()
    await page.getByRole('button', { name: 'Android' }).click()
    await page.getByText('10.0.2.2').first().waitFor()
  })

  it('are all there within the width of a narrow screen', async () => {
    const token = await projectWithClients()
    const page = await suite.open(clientsOf(token), { viewport: { width: 360, height: 740 } })
    await page.getByRole('row', { name: 'python 5.3.0' }).waitFor()
    const cut =
      '[...document.querySelectorAll(".table-frame")].map((one) => one.scrollWidth - one.clientWidth)'
    expect(await page.evaluate(cut)).toEqual([0])
  })

  it('are a key away, and the way back leads to where one was', async () => {
    const token = await projectWithClients()
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/verdicts`)
    await page.getByRole('heading', { name: 'Verdicts' }).waitFor()
    await page.keyboard.press('4')
    await page.getByRole('heading', { name: 'Clients' }).waitFor()
    expect(await page.title()).toBe('Clients · Shop · Twinpanel')
    await page.goBack()
    await page.getByRole('heading', { name: 'Verdicts' }).waitFor()
  })

  it('that are none: how to set one up, and the first to come takes its place', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(clientsOf(token))
    await page.getByRole('heading', { name: 'No client has sent anything yet' }).waitFor()
    await page.getByRole('button', { name: 'Ruby' }).click()
    await page.getByText('use_ssl = false').first().waitFor()
    await keepPicture(page, 'clients-none')
    await page.getByRole('button', { name: /test event/i }).click()
    await page.getByRole('region', { name: 'Clients: 1' }).waitFor()
  })

  it('whose names were made to hurt are text, in their place', async () => {
    const { token } = await suite.createProject()
    await sendFrom(token, { mp_lib: `<img src=x onerror=alert(1)>${'x'.repeat(300)}`, $lib_version: '"><b>' })
    const page = await suite.open(clientsOf(token))
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor()
  })

  it('look right and are accessible', async () => {
    const token = await projectWithClients()
    await inspect(suite, 'clients', clientsOf(token), (page) =>
      page.getByRole('region', { name: 'python.alias_elsewhere' }).waitFor(),
    )
  })
})
