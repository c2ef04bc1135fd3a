import { swift } from '../support/judges.ts'
import {
  askForFlags,
  basic,
  GZIP,
  gzip,
  happened,
  JSON_TYPE,
  json,
  ONE,
  SEEN,
  TIME_MS,
  type Transcript,
  type Who,
  ZERO,
} from '../support/transcript.ts'

/*
 * Lists of JSON whose elements have an `id`, their row in its own database, and $mp_metadata. Exactly 200 is
 * success; everything else, a 4xx too, is tried again for ever.
 */

const AGENT = [
  'Accept: */*',
  'Accept-Language: en-GB,en;q=0.9',
  'Accept-Encoding: gzip, deflate',
  'User-Agent: Shop/1 CFNetwork/3826.500.131 Darwin/24.5.0',
  'Connection: keep-alive',
]
const AUTHORIZED = ({ token }: Who) => [basic(token), JSON_TYPE, ...AGENT]
const post = (path: string, payload: readonly unknown[]) => ({
  line: `POST ${path}`,
  headers: [JSON_TYPE, ...AGENT],
  body: JSON.stringify(payload),
})

const D = '4F6D1A3E-0B1C-4D2E-8F3A-000000000001'
const ANON = `$device:${D}`
const METADATA = {
  $mp_event_id: '1f0c2d3e4b5a6978',
  $mp_session_id: '8a7b6c5d4e3f2a1b',
  $mp_session_seq_id: 0,
  $mp_session_start_sec: 1_787_227_000,
}
const BASE = {
  mp_lib: 'swift',
  $lib_version: '6.5.1',
  $os: 'iOS',
  $os_version: '19.0',
  $manufacturer: 'Apple',
  $model: 'iPhone17,1',
  $screen_width: 402,
  $wifi: true,
}
const event = (id: number, token: string, name: string, properties: object) => ({
  event: name,
  properties: { ...BASE, token, time: TIME_MS, ...properties },
  $mp_metadata: METADATA,
  id,
})
const stored = (name: string, id: string, properties: object) =>
  happened(name, id, TIME_MS, { ...BASE, ...properties })

const anonymous = { distinct_id: ANON, $device_id: D }
const known = { distinct_id: 'charlie', $device_id: D, $user_id: 'charlie' }

export const SWIFT: Transcript = {
  sdk: 'mixpanel-swift 6.5.1',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track/?ip=1',
          names.map((name, n) => event(n, token, name, anonymous)),
        ),
      judge: swift,
    },
  ],
  exchanges: [
    {
      title: 'track(), identify(), track(): `id` is no property (TRK-02, TRK-43, GEN-05, IDS-03)',
      surprises: ['S15', 'S21', 'S24', 'S27'],
      requests: ({ token }) => [
        post('/track/?ip=1', [
          event(1, token, 'Opened 😀', anonymous),
          event(2, token, '$identify', { ...known, $anon_distinct_id: ANON }),
          event(3, token, 'Logged in', { ...known, $duration: 1.234 }),
        ]),
      ],
      answers: [ONE],
      stored: {
        events: [
          stored('Opened 😀', ANON, { $device_id: D, $distinct_id_before_identity: ANON }),
          stored('Logged in', 'charlie', { $device_id: D, $user_id: 'charlie', $duration: 1.234 }),
        ],
        clusters: { charlie: ['charlie', ANON] },
        verdicts: ['IDS-20 identity.identify_noop'],
      },
    },
    {
      title: 'a time that is printed as a double with an exponent (TRK-31)',
      surprises: ['S23'],
      requests: ({ token }) => [
        {
          line: 'POST /track/?ip=1',
          headers: [JSON_TYPE, ...AGENT],
          body:
            `[{"event":"Opened","properties":{"token":"${token}","distinct_id":"${ANON}",` +
            `"$device_id":"${D}","time":1.787227140123E+12},"id":1}]`,
        },
      ],
      answers: [ONE],
      stored: { events: [happened('Opened', ANON, TIME_MS, { $device_id: D })] },
    },
    {
      title: 'events with gzip (TRK-04)',
      requests: ({ token }) => [
        {
          line: 'POST /track/?ip=1',
          headers: [JSON_TYPE, GZIP, ...AGENT],
          body: gzip(JSON.stringify([event(1, token, 'Opened', anonymous)])),
        },
      ],
      answers: [ONE],
      stored: { events: [stored('Opened', ANON, { $device_id: D })] },
    },
    {
      title: 'what is refused is 200 and 0, or it would be sent for ever (TRK-20, DEC-08)',
      surprises: ['S12'],
      requests: () => [post('/track/?ip=1', [event(1, '', 'Opened', anonymous)])],
      answers: [ZERO],
    },
    {
      title:
        'after a change of users an update has the ids of both: $distinct_id says whose it is (ENG-08, ENG-31)',
      surprises: ['S26'],
      requests: ({ token }) => [
        post('/engage/?ip=1', [
          {
            $token: token,
            $time: TIME_MS,
            $set: { plan: 'pro', $ios_lib_version: '6.5.1' },
            $device_id: D,
            $user_id: 'charlie',
            $had_persisted_distinct_id: true,
            $mp_metadata: METADATA,
            id: 1,
            $distinct_id: 'taylor',
          },
        ]),
      ],
      answers: [ONE],
      stored: { profiles: { taylor: { plan: 'pro', $ios_lib_version: '6.5.1', ...SEEN } } },
    },
    {
      title: 'deleteUser() and $ignore_time: an object, the number 1 (ENG-19, ENG-26)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $distinct_id: 'charlie', $mp_metadata: METADATA, id: 1 }
        const other = { ...base, $distinct_id: 'gone', id: 3 }
        return [
          post('/engage/?ip=1', [
            { ...base, $set: { plan: 'pro' } },
            { ...base, $ignore_time: 1, $time: TIME_MS - 86_400_000, $set: { age: 5 }, id: 2 },
            { ...other, $set: { a: 1 } },
            { ...other, $delete: {} },
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { charlie: { plan: 'pro', age: 5, ...SEEN } } },
    },
    {
      title: 'groups (GRP-03)',
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $group_key: 'company', $group_id: 'Acme', id: 1 }
        return [
          post('/groups/?ip=1', [
            { ...base, $set: { seats: 5 } },
            { ...base, $union: { tags: ['a'] } },
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { 'company/Acme': { seats: 5, tags: ['a'], ...SEEN } } },
    },
    {
      // The SDK goes on as the id it had, not as the alias.
      title: 'createAlias() (IDO-14)',
      mode: 'original',
      requests: ({ token }) => [
        post('/track/?ip=1', [
          event(1, token, '$create_alias', { distinct_id: 'charlie', alias: 'c@x.com' }),
        ]),
      ],
      answers: [ONE],
      stored: {
        events: [stored('$create_alias', 'charlie', { alias: 'c@x.com' })],
        clusters: { charlie: ['charlie', 'c@x.com'] },
      },
    },
    {
      // Exactly 200, or it warns.
      title: 'a first-time event (FLG-03)',
      requests: (who) => [
        {
          line: 'POST /flags/checkout/first-time-events?mp_lib=swift&%24lib_version=6.5.1',
          headers: AUTHORIZED(who),
          body: JSON.stringify({
            distinct_id: 'charlie',
            project_id: who.projectId,
            first_time_event_hash: 'a1b2',
          }),
        },
      ],
      answers: [json(200, { status: 'ok' })],
    },
    askForFlags('/flags/', 'context=CONTEXT&token=TOKEN&mp_lib=swift&%24lib_version=6.5.1', AUTHORIZED),
  ],
}
