import type { OverridedMixpanel } from 'mixpanel-browser'
import { describe, expect, it } from 'vitest'
import type { IdManagement } from '../../src/core/identity/model.ts'
import { browserSuite } from './support/browser-suite.ts'
import { createProject, type SdkProject, whoIsWho } from './support/project.ts'
import type { SdkPage, SentEvent } from './support/sdk-page.ts'

/* Who is who after the same session in each of the three identity systems, as `whoIsWho` writes it. */

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

const suite = browserSuite()
const WAIT_MS = 10_000

/** `$identify` in a system that has no use for it. */
const NOOP = 'IDS-20 identity.identify_noop'
/** `$identify` where it works: the device was there first. */
const JOINED = 'IDO-23 identity.canonical_is_anonymous'

/** Makes a project that does not wait for an event after identify(), unless `delay` says for how long. */
const make = (id_management: IdManagement, delay = 0) =>
  createProject(suite.server, { id_management, settings: { identify_event_delay_s: delay } })

/**
 * Opens the site. Profiles go to the site too: the SDK sends them beside its events, and what a merge then says of
 * them would be chance.
 */
async function open({ token }: SdkProject, mayComplain?: RegExp) {
  const api_hosts = { engage: suite.site.url, people: suite.site.url }
  const config = { batch_flush_interval_ms: 100, api_hosts }
  const sdk = await suite.visit({ token, config, ...(mayComplain && { mayComplain }) })
  return { ...sdk, device: await get(sdk, '$device_id') }
}

const identify = (sdk: SdkPage, id?: string) => sdk.page.evaluate((to): unknown => mixpanel.identify(to), id)
const alias = (sdk: SdkPage, id: string) => sdk.page.evaluate((name): unknown => mixpanel.alias(name), id)
const get = (sdk: SdkPage, name: string) => sdk.page.evaluate((of) => String(mixpanel.get_property(of)), name)

/** Who is who once the event `last` is stored; the devices are called D1 and D2. */
async function outcome(project: SdkProject, last: string, ...devices: readonly string[]) {
  const names = async () => (await project.events()).map(({ event }) => event)
  await expect.poll(names, { timeout: WAIT_MS }).toContain(last)
  return await whoIsWho(project, devices)
}

/** The names of the events that the SDK has sent so far. */
function sentBy(sdk: SdkPage): readonly string[] {
  const texts = sdk.wire.map(({ body }) => atob(new URLSearchParams(body).get('data') ?? ''))
  return texts.flatMap((text): SentEvent[] => JSON.parse(text)).map(({ event }) => event)
}

describe('two people on one device, reset() between them', () => {
  const session = async (id_management: IdManagement) => {
    const project = await make(id_management)
    const sdk = await open(project)
    await sdk.track('Opened')
    await identify(sdk, 'charlie')
    await sdk.track('Signed up')
    await sdk.page.evaluate(() => mixpanel.reset())
    const second = await get(sdk, '$device_id')
    await sdk.track('Opened again')
    await identify(sdk, 'taylor')
    await sdk.track('Logged in')
    return await outcome(project, 'Logged in', sdk.device, second)
  }

  it('simplified: each has a device, by the event after identify() (IDS-03, IDS-06, IDS-20)', async () => {
    expect(await session('simplified')).toEqual({
      users: {
        'charlie, D1: 2': ['Opened < D1', 'Signed up'],
        'taylor, D2: 2': ['Opened again < D2', 'Logged in'],
      },
      verdicts: [NOOP, NOOP],
    })
  })

  it('original: each has a device, by $identify, and goes by it (IDO-04, IDO-23, IDO-32)', async () => {
    expect(await session('original')).toEqual({
      users: {
        'D1, charlie: 3': ['Opened', '$identify < charlie', 'Signed up < charlie'],
        'D2, taylor: 3': ['Opened again', '$identify < taylor', 'Logged in < taylor'],
      },
      verdicts: [JOINED, JOINED],
    })
  })

  it('legacy: people and devices stay apart (IDL-06, IDL-08, IDL-09)', async () => {
    expect(await session('legacy')).toEqual({
      users: {
        'D1: 1': ['Opened'],
        'charlie: 2': ['$identify', 'Signed up'],
        'D2: 1': ['Opened again'],
        'taylor: 2': ['$identify', 'Logged in'],
      },
      verdicts: [NOOP, NOOP],
    })
  })
})

describe('two people on one device, and no reset()', () => {
  const session = async (id_management: IdManagement, one: string, other: string) => {
    const project = await make(id_management)
    const sdk = await open(project)
    await sdk.track('Opened')
    await identify(sdk, one)
    await sdk.track('Signed up')
    await sdk.track('Opened again')
    await identify(sdk, other)
    await sdk.track('Logged in')
    return await outcome(project, 'Logged in', sdk.device)
  }

  it('simplified: the device stays with the first (IDS-07)', async () => {
    expect(await session('simplified', 'charlie', 'taylor')).toEqual({
      users: {
        'charlie, D1: 3': ['Opened < D1', 'Signed up', 'Opened again'],
        'taylor: 1': ['Logged in $identity_failure_reason errAnonDistinctIdAssignedAlready'],
      },
      verdicts: [NOOP, NOOP, 'IDS-07 identity.device_already_assigned'],
    })
  })

  it('original: the first is no anonymous id to identify (IDO-01, IDO-07, IDO-12, IDO-13)', async () => {
    expect(await session('original', 'charlie', 'taylor')).toEqual({
      users: {
        'D1, charlie: 4': ['Opened', '$identify < charlie', 'Signed up < charlie', 'Opened again < charlie'],
        'taylor: 2': ['$identify $failure_reason errAnonDistinctIdNonGUIDForm', 'Logged in'],
      },
      verdicts: [JOINED, 'IDO-07 identity.anon_not_guid', 'IDO-01 identity.dual_id_inert'],
    })
  })

  it('original: people whose ids are UUIDs become one user (IDO-12)', async () => {
    const [one, other] = ['7f6d1a3e-0b1c-4d2e-8f3a-000000000001', '7f6d1a3e-0b1c-4d2e-8f3a-000000000002']
    const first = [`$identify < ${one}`, `Signed up < ${one}`, `Opened again < ${one}`]
    const second = [`$identify < ${other}`, `Logged in < ${other}`]
    expect(await session('original', one, other)).toEqual({
      users: { [`D1, ${one}, ${other}: 6`]: ['Opened', ...first, ...second] },
      verdicts: [JOINED, JOINED, 'IDO-12 identity.shared_device_merge'],
    })
  })

  it('legacy: they stay apart (IDL-06, IDL-08)', async () => {
    expect(await session('legacy', 'charlie', 'taylor')).toEqual({
      users: {
        'D1: 1': ['Opened'],
        'charlie: 3': ['$identify', 'Signed up', 'Opened again'],
        'taylor: 2': ['$identify', 'Logged in'],
      },
      verdicts: [NOOP, NOOP],
    })
  })
})

describe('alias("phone") of a user, twice, where "phone" has events already', () => {
  /*
   * The SDK follows each $create_alias with identify('phone'), which keeps the distinct_id but sends $identify
   * and makes `phone` the $user_id of what comes. The phone, where identify('phone') was called, speaks last.
   */
  const session = async (id_management: IdManagement) => {
    const project = await make(id_management)
    const phone = await open(project)
    await identify(phone, 'phone')
    await phone.track('Called')
    await outcome(project, 'Called')
    const sdk = await open(project)
    await identify(sdk, 'charlie')
    await sdk.track('Signed up')
    await alias(sdk, 'phone')
    await sdk.track('Aliased')
    await alias(sdk, 'phone')
    await sdk.track('Aliased again')
    expect([await get(sdk, 'distinct_id'), await get(sdk, '$user_id')]).toEqual(['charlie', 'phone'])
    await outcome(project, 'Aliased again')
    await phone.track('Answered')
    return await outcome(project, 'Answered', sdk.device, phone.device)
  }

  it('simplified: nothing, but the SDK goes on as "phone" (IDS-07, IDS-09, IDS-13, IDS-21)', async () => {
    const failed = '$identity_failure_reason errAnonDistinctIdAssignedAlready'
    const goesOn = ['IDS-13 identity.distinct_id_overridden', 'IDS-07 identity.device_already_assigned']
    const told = ['IDS-21 identity.alias_noop_simplified', NOOP, ...goesOn]
    expect(await session('simplified')).toEqual({
      users: {
        'charlie, D1: 1': ['Signed up'],
        'phone, D2: 4': ['Called', `Aliased ${failed}`, `Aliased again ${failed}`, 'Answered'],
      },
      verdicts: [NOOP, NOOP, ...told, ...told],
    })
  })

  it('original: one user, with all that "phone" did before (IDO-07, IDO-14, IDO-15)', async () => {
    const notGuid = '$failure_reason errAnonDistinctIdNonGUIDForm'
    const anonIsName = 'IDO-07 identity.anon_not_guid'
    expect(await session('original')).toEqual({
      users: {
        'D2, phone, D1, charlie: 11': [
          ...['$identify < phone', 'Called < phone', '$identify < charlie', 'Signed up < charlie'],
          ...['$create_alias < charlie', `$identify < phone ${notGuid}`, 'Aliased < charlie'],
          '$create_alias < charlie $failure_reason errAliasAlreadyExists',
          ...[`$identify < phone ${notGuid}`, 'Aliased again < charlie', 'Answered < phone'],
        ],
      },
      verdicts: [
        JOINED,
        JOINED,
        'IDO-35 identity.people_joined',
        anonIsName,
        'IDO-15 identity.alias_exists',
        anonIsName,
      ],
    })
  })

  it('legacy: what "phone" does from now on (IDL-01, IDL-02, IDL-06, DEC-06)', async () => {
    expect(await session('legacy')).toEqual({
      users: {
        'phone: 2': ['$identify', 'Called'],
        'charlie, phone: 9': [
          ...['$identify', 'Signed up', '$create_alias', '$identify', 'Aliased'],
          ...['$create_alias', '$identify', 'Aliased again', 'Answered'],
        ],
      },
      verdicts: [NOOP, NOOP, 'IDL-02 identity.alias_not_retroactive', NOOP, NOOP],
    })
  })
})

describe('identify() with no event after it', () => {
  const start = async (project: SdkProject) => {
    const sdk = await open(project)
    await sdk.track('Opened')
    await identify(sdk, 'charlie')
    return sdk
  }

  it('simplified: joins nobody, which is told; a late event heals it (IDS-20, IDS-24)', async () => {
    const project = await make('simplified', 1)
    const sdk = await start(project)
    await expect.poll(project.verdicts, { timeout: WAIT_MS }).toHaveLength(2)
    const verdicts = [NOOP, 'IDS-24 identity.no_event_after_identify']
    const before = await outcome(project, 'Opened', sdk.device)
    expect(before).toEqual({ users: { 'D1: 1': ['Opened'] }, verdicts })
    await sdk.track('Logged in')
    const after = await outcome(project, 'Logged in', sdk.device)
    expect(after).toEqual({ users: { 'charlie, D1: 2': ['Opened < D1', 'Logged in'] }, verdicts })
  })

  it('original: joins (IDO-04)', async () => {
    const project = await make('original')
    const { device } = await start(project)
    const users = { 'D1, charlie: 2': ['Opened', '$identify < charlie'] }
    expect(await outcome(project, '$identify', device)).toEqual({ users, verdicts: [JOINED] })
  })

  it('legacy: joins nobody (IDL-06)', async () => {
    const project = await make('legacy')
    const { device } = await start(project)
    const users = { 'D1: 1': ['Opened'], 'charlie: 1': ['$identify'] }
    expect(await outcome(project, '$identify', device)).toEqual({ users, verdicts: [NOOP] })
  })
})

describe('what the SDK keeps to itself', () => {
  it.each<[string, unknown, RegExp | undefined, (sdk: SdkPage) => Promise<unknown>]>([
    // It sends $identify only where its distinct_id changes.
    ['identify() with its own id (IDS-20)', undefined, undefined, (sdk) => identify(sdk, 'charlie')],
    // The server would take it for a device.
    ['identify() with a device (IDS-15)', -1, /\$device: prefix/, (sdk) => identify(sdk, '$device:D9')],
    // There is nothing to link, so it calls identify(), which has nothing to change either.
    ['alias() of its own id (IDS-21)', -1, /skipping api call/, (sdk) => alias(sdk, 'charlie')],
  ])('%s', async (_what, returned, says, call) => {
    const project = await make('simplified')
    const sdk = await open(project, says)
    await identify(sdk, 'charlie')
    expect(await call(sdk)).toBe(returned)
    await sdk.track('Logged in')
    const who = await outcome(project, 'Logged in', sdk.device)
    expect(who).toEqual({ users: { 'charlie, D1: 1': ['Logged in'] }, verdicts: [NOOP] })
    expect(sentBy(sdk)).toEqual(['$identify', 'Logged in'])
  })

  it('alias() of an id that has a profile, as only the cookie of an old SDK can tell (DIA-37)', async () => {
    const project = await make('legacy')
    const sdk = await open(project, /Attempting to create alias for existing People user/)
    await sdk.page.evaluate(() => mixpanel.register({ $people_distinct_id: 'phone' }))
    expect(await alias(sdk, 'phone')).toBe(-2)
    await sdk.track('Opened')
    const who = await outcome(project, 'Opened', sdk.device)
    expect(who).toEqual({ users: { 'D1: 1': ['Opened'] }, verdicts: [] })
    expect(sentBy(sdk)).toEqual(['Opened'])
  })

  it('but not identify() without an id, which sends the id that it has as both (IDO-06)', async () => {
    const project = await make('original')
    const sdk = await open(project)
    await identify(sdk)
    const users = { 'D1: 1': ['$identify $failure_reason errSameIDs'] }
    const verdicts = ['IDO-06 identity.same_ids']
    expect(await outcome(project, '$identify', sdk.device)).toEqual({ users, verdicts })
  })
})
