import { BAD_INSERT_ID, INSERT_ID, partlyImported } from '../support/imports.ts'
import { segment } from '../support/judges.ts'
import {
  basic,
  happened,
  imported,
  JSON_TYPE,
  NOW_MS,
  ONE,
  SEEN_NOW,
  TIME_MS,
  type Transcript,
  ZERO,
} from '../support/transcript.ts'

/*
 * Segment's actions: events in strict imports with the secret of the project, of which it reads `code`,
 * `failed_records[].index` and `message`; profiles, groups and aliases in forms of JSON, of which it reads the status.
 */

const AGENT = ['User-Agent: Segment (Actions)', 'Accept: */*']
const FORM_UTF8 = 'Content-Type: application/x-www-form-urlencoded;charset=UTF-8'
const postForm = (path: string, data: object) => ({
  line: `POST ${path}`,
  headers: [FORM_UTF8, ...AGENT],
  body: new URLSearchParams({ data: JSON.stringify(data) }).toString(),
})
const postEvents = (secret: string, events: readonly object[]) => ({
  line: 'POST /import?strict=1',
  headers: [JSON_TYPE, ...AGENT, basic(secret)],
  body: JSON.stringify(events),
})

const ANON = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const BASE = {
  $browser: 'Chrome',
  $current_url: 'https://shop.example/',
  $source: 'segment',
  mp_lib: 'Segment: analytics.js',
  $lib_version: '2.11.1',
  segment_source_name: 'shop',
}
/** `id` is what it also calls the distinct_id, and the address is of the user, not of Segment. */
const event = (properties: object) => ({
  event: 'Order Completed',
  properties: { time: TIME_MS, ip: '8.8.8.8', ...BASE, $insert_id: INSERT_ID, revenue: 9.99, ...properties },
})
const anonymous = { id: ANON, $anon_id: ANON, distinct_id: ANON, $device_id: ANON }
const known = {
  ...anonymous,
  id: 'charlie',
  distinct_id: 'charlie',
  $identified_id: 'charlie',
  $user_id: 'charlie',
}
/** Of these the distinct_id is no property. */
const ids = ({ distinct_id: _, ...properties }: typeof anonymous) => properties
const identify = (token: string) => ({
  event: '$identify',
  properties: { $identified_id: 'charlie', $anon_id: ANON, token, segment_source_name: 'shop' },
})
const DEVICE = `$device:${ANON}`
const OTHER_ID = 'k3j9x0a7q2m5b8c1'
const stored = (id: string, properties: object, insertId = INSERT_ID) =>
  happened('Order Completed', id, TIME_MS, { ...BASE, revenue: 9.99, $import: true, ...properties }, insertId)

const SECRET = 'SEC-04 auth.project_secret_deprecated'

export const SEGMENT: Transcript = {
  sdk: 'segment action-destinations, Mixpanel',
  calls: [
    {
      call: 'trackEvent',
      request: ({ secret }, names) =>
        postEvents(
          secret,
          names.map((name) => ({ ...event(known), event: name })),
        ),
      judge: segment,
    },
  ],
  exchanges: [
    {
      title: 'trackEvent, anonymous and then known: one batch, one user (IMP-04, IMP-10, IDS-03)',
      requests: ({ secret }) => [
        postEvents(secret, [event(anonymous), event({ ...known, $insert_id: OTHER_ID })]),
      ],
      answers: [imported(2)],
      stored: {
        events: [
          stored(DEVICE, { ...ids(anonymous), $distinct_id_before_identity: DEVICE }),
          stored('charlie', ids(known), OTHER_ID),
        ],
        clusters: { charlie: ['charlie', DEVICE] },
        verdicts: [SECRET, 'IDS-13 identity.user_id_in_device_id'],
      },
    },
    {
      title: 'trackEvent: it gives each failed record back to its sender by index (IMP-11, IMP-14)',
      surprises: ['S20'],
      requests: ({ secret }) => [
        postEvents(secret, [event({ ...known, $insert_id: 'bad:id' }), event(known)]),
      ],
      answers: [partlyImported(BAD_INSERT_ID)],
      stored: {
        events: [stored('charlie', ids(known))],
        clusters: { charlie: ['charlie', DEVICE] },
        verdicts: [SECRET, 'IMP-11 import.400_is_partial', 'TRK-18 record.invalid'],
      },
    },
    {
      title: 'identifyUser and incrementProperties, the latter with the address (TRK-02, ENG-12, ENG-14)',
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $ip: '8.8.8.8' }
        return [
          postForm('/engage', { ...base, $set: { plan: 'pro+ & more', $name: 'Käthe 😀' } }),
          postForm('/engage', { ...base, $add: { purchases: 1 } }),
        ]
      },
      answers: [ONE, ONE],
      stored: {
        profiles: { charlie: { plan: 'pro+ & more', $name: 'Käthe 😀', purchases: 1, ...SEEN_NOW } },
      },
    },
    {
      title: 'identifyUser with an anonymous id: $identify as a form, which links nobody (IDS-20)',
      requests: ({ token }) => [postForm('/track', identify(token))],
      answers: [ONE],
      stored: { verdicts: ['IDS-20 identity.identify_noop'] },
    },
    {
      title: 'identifyUser with an anonymous id links the two in an original project (IDO-04)',
      mode: 'original',
      requests: ({ token }) => [postForm('/track', identify(token))],
      answers: [ONE],
      stored: {
        events: [
          happened('$identify', 'charlie', NOW_MS, {
            $identified_id: 'charlie',
            $anon_id: ANON,
            $distinct_id_before_identity: 'charlie',
            segment_source_name: 'shop',
          }),
        ],
        clusters: { [ANON]: [ANON, 'charlie'] },
        verdicts: ['IDO-23 identity.canonical_is_anonymous'],
      },
    },
    {
      title: 'groupIdentifyUser (GRP-02)',
      requests: ({ token }) => [
        postForm('/groups', { $token: token, $group_key: 'company', $group_id: 'Acme', $set: { seats: 5 } }),
      ],
      answers: [ONE],
      stored: { profiles: { 'company/Acme': { seats: 5, ...SEEN_NOW } } },
    },
    {
      // Its older actions put the group's id there too.
      title: 'groupIdentifyUser with a $distinct_id is refused, and told (GRP-02)',
      requests: ({ token }) => [
        postForm('/groups', {
          $token: token,
          $distinct_id: 'Acme',
          $group_key: 'company',
          $group_id: 'Acme',
          $set: { seats: 5 },
        }),
      ],
      answers: [ZERO],
      stored: { verdicts: ['GRP-02 group.distinct_id_present', 'TRK-18 record.invalid'] },
    },
    {
      title: 'alias (IDO-14)',
      mode: 'original',
      requests: ({ token }) => [
        postForm('/track', {
          event: '$create_alias',
          properties: { distinct_id: 'charlie', alias: 'c@x.com', token, segment_source_name: 'shop' },
        }),
      ],
      answers: [ONE],
      stored: {
        events: [
          happened('$create_alias', 'charlie', NOW_MS, { alias: 'c@x.com', segment_source_name: 'shop' }),
        ],
        clusters: { charlie: ['charlie', 'c@x.com'] },
      },
    },
  ],
}
