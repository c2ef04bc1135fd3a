import type { OverridedMixpanel } from 'mixpanel-browser'
import { describe, expect, it } from 'vitest'
import type { IdManagement } from '../../src/core/identity/model.ts'
import { browserSuite } from './support/browser-suite.ts'
import { nodeSdk, told } from './support/node-sdk.ts'
import { createProject, type SdkProject } from './support/project.ts'

/*
 * What is told must be worth reading: an application that does everything right, with an SDK that is used as its
 * documentation says, is told of no error and warned of nothing, whatever the identity system of its project.
 */

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

const suite = browserSuite()
const WAIT_MS = 10_000
const MODES: readonly IdManagement[] = ['simplified', 'original', 'legacy']

/** Makes a project that waits for no event after identify(): one that is missing is told at once. */
const make = (id_management: IdManagement) =>
  createProject(suite.server, {
    id_management,
    settings: { group_keys: ['company'], identify_event_delay_s: 0 },
  })

/** What a reader is asked to mend, by the assertion of docs/testing.md: `$identify` alone is no problem. */
async function complaints(project: SdkProject): Promise<readonly string[]> {
  const url = `/_twin/projects/${project.id}/verdicts/counts?severity=error,warning`
  const answer = await suite.server.inject({ url })
  const { codes } = answer.json<{ codes: readonly { readonly newest: { readonly code: string } }[] }>()
  return codes.map(({ newest }) => newest.code)
}

async function eventOnce(project: SdkProject, name: string): Promise<void> {
  const names = async () => (await project.events()).map(({ event }) => event)
  await expect.poll(names, { timeout: WAIT_MS }).toContain(name)
}

describe.each(MODES)('on %s', (mode) => {
  it('the Node SDK, used as it should be, is warned of nothing (VRD-01, VRD-03)', async () => {
    const project = await make(mode)
    const sdk = nodeSdk(suite.server, project.token)
    const { people, groups } = sdk
    const of = (n: number) => ({
      distinct_id: `user ${n}`,
      plan: 'pro',
      price: 9.5 * n,
      tags: ['a', 'b'],
      at: { n },
    })
    await told((done) => sdk.track('Signed up', of(1), done))
    await told((done) => sdk.track('Bought', { ...of(1), time: new Date(), $insert_id: 'bought-1' }, done))
    const batch = [2, 3, 4].map((n) => ({ event: 'Bought', properties: of(n) }))
    await told((done) => sdk.track_batch(batch, done))
    await told((done) => people.set('user 1', { $email: 'a@b.io', plan: 'pro' }, done))
    await told((done) => people.set_once('user 1', { first: new Date() }, done))
    await told((done) => people.increment('user 1', { visits: 1 }, done))
    await told((done) => people.append('user 1', 'pages', 'home', done))
    await told((done) => people.union('user 1', { tags: ['a', 'b'] }, done))
    await told((done) => people.remove('user 1', { tags: 'a' }, done))
    await told((done) => people.unset('user 1', 'pages', done))
    await told((done) => people.track_charge('user 1', 9.5, done))
    await told((done) => groups.set('company', 'acme', { plan: 'enterprise' }, done))
    await told((done) => people.delete_user('user 2', done))
    expect((await project.events()).map(({ event }) => event)).toHaveLength(5)
    expect(await complaints(project)).toEqual([])
    await told((done) => sdk.track('Odd', { distinct_id: 'undefined' }, done))
    expect(await complaints(project)).toEqual(['identity.disallowed_id'])
  })

  it('the browser SDK, used as it should be, is warned of nothing (VRD-01, VRD-03)', async () => {
    const project = await make(mode)
    const config = { batch_flush_interval_ms: 50, track_pageview: true, autocapture: true, ignore_dnt: true }
    const sdk = await suite.visit({ token: project.token, config })
    await sdk.track('Opened', { plan: 'free', price: 9.5 })
    for (const person of ['charlie', 'taylor']) {
      await sdk.page.evaluate((id) => {
        mixpanel.people.set({ plan: 'free' })
        mixpanel.identify(id)
        mixpanel.set_group('company', 'acme')
        mixpanel.register({ source: 'ad' })
        mixpanel.time_event('Bought')
      }, person)
      await sdk.track('Bought', { plan: 'pro', price: 19.5, tags: ['a'] })
      await sdk.page.evaluate(() => {
        mixpanel.people.set_once({ first: new Date().toISOString() })
        mixpanel.people.increment('visits')
        mixpanel.people.append('pages', 'home')
        mixpanel.people.union('tags', ['a', 'b'])
        mixpanel.get_group('company', 'acme').set('plan', 'enterprise')
      })
      await sdk.track(`Bye, ${person}`)
      await sdk.page.evaluate(() => mixpanel.reset())
      await sdk.track(`${person} has left`)
    }
    await sdk.page.mouse.click(10, 10)
    await eventOnce(project, 'taylor has left')
    // How many requests the updates come in is for the SDK to decide: each person's last one must be there.
    const updated = async () => JSON.stringify(await project.users()).split('"visits":').length - 1
    await expect.poll(updated, { timeout: WAIT_MS }).toBe(2)
    const paths = () => sdk.requests().map(({ path }) => path.replaceAll('/', ''))
    await expect.poll(paths, { timeout: WAIT_MS }).toContain('groups')
    expect(await complaints(project)).toEqual([])
  })
})
