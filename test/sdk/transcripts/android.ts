import { android } from '../support/judges.ts'
import {
  askForFlags,
  base64,
  basic,
  GZIP,
  gzip,
  happened,
  json,
  ONE,
  percent,
  SEEN,
  TIME_MS,
  type Transcript,
  VERBOSE_OK,
  type Who,
  ZERO,
} from '../support/transcript.ts'

/*
 * Forms of percent-encoded base64, paths with a slash at the end, and $mp_metadata beside each record. Any 2xx is
 * success and any 4xx is tried again for ever, so bad data must never get one: it would block the queue.
 */

const AGENT = [
  'User-Agent: Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9 Build/AP4A.250205.002)',
  'Connection: Keep-Alive',
  'Accept-Encoding: gzip',
]
const FORM_UTF8 = 'Content-Type: application/x-www-form-urlencoded; charset=utf-8'
const AUTHORIZED = ({ token }: Who) => [basic(token), ...AGENT]

const form = (payload: readonly unknown[]) => `data=${percent(base64(JSON.stringify(payload)))}`
const post = (path: string, payload: readonly unknown[], more = '') => ({
  line: `POST ${path}`,
  headers: [FORM_UTF8, ...AGENT],
  body: form(payload) + more,
})

const D = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const ANON = `$device:${D}`
/** The only id that a record has: there is no $insert_id. */
const METADATA = {
  $mp_event_id: '1f0c2d3e4b5a6978',
  $mp_session_id: '8a7b6c5d4e3f2a1b',
  $mp_session_seq_id: 0,
  $mp_session_start_sec: 1_787_227_000,
}
const BASE = {
  mp_lib: 'android',
  $lib_version: '8.9.0',
  $os: 'Android',
  $os_version: '15',
  $manufacturer: 'Google',
  $model: 'Pixel 9',
  $screen_dpi: 420,
  $has_nfc: true,
}
const event = (token: string, name: string, properties: object) => {
  const own = { ...BASE, token, time: TIME_MS, $had_persisted_distinct_id: false }
  return { event: name, properties: { ...own, ...properties }, $mp_metadata: METADATA }
}
const stored = (name: string, id: string, properties: object) =>
  happened(name, id, TIME_MS, { ...BASE, $had_persisted_distinct_id: false, ...properties })

const anonymous = { distinct_id: ANON, $device_id: D }
const known = { distinct_id: 'charlie', $device_id: D, $user_id: 'charlie' }
const update = (token: string, operation: object) => ({
  ...operation,
  $token: token,
  $time: TIME_MS,
  $had_persisted_distinct_id: false,
  $device_id: D,
  $distinct_id: 'charlie',
  $user_id: 'charlie',
  $mp_metadata: METADATA,
})

const RECORD_QUERY =
  'format=gzip&distinct_id=charlie&seq=0&batch_start_time=1787227140.123&replay_id=0b5c2f6a-9d1e-4c3b-8a7f' +
  '&replay_length_ms=10000&replay_start_time=1787227130.123&%24lib_version=1.4.0&mp_lib=android-sr'

export const ANDROID: Transcript = {
  sdk: 'mixpanel-android 8.9.0, session replay 1.4.0',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track/?ip=1',
          names.map((name) => event(token, name, anonymous)),
        ),
      judge: android,
    },
  ],
  exchanges: [
    {
      title: 'track(), identify(), track(): in one batch (TRK-03, TRK-43, GEN-05, IDS-03)',
      surprises: ['S15', 'S21', 'S24', 'S27'],
      requests: ({ token }) => [
        post('/track/?ip=1', [
          event(token, 'Opened 😀', anonymous),
          event(token, '$identify', { ...known, $anon_distinct_id: ANON }),
          event(token, 'Logged in', known),
        ]),
      ],
      answers: [ONE],
      stored: {
        events: [
          stored('Opened 😀', ANON, { $device_id: D, $distinct_id_before_identity: ANON }),
          stored('Logged in', 'charlie', { $device_id: D, $user_id: 'charlie' }),
        ],
        clusters: { charlie: ['charlie', ANON] },
        verdicts: ['IDS-20 identity.identify_noop'],
      },
    },
    {
      title:
        'a batch with nothing good in it is 200 and 0, or it would be sent for ever (TRK-18, TRK-20, DEC-08)',
      surprises: ['S12'],
      requests: ({ token }) => [
        post('/track/?ip=1', [{ event: 'E', properties: {} }]),
        post('/track/?ip=1', []),
        post('/engage/?ip=1', [{ $token: token, $set: { a: 1 } }]),
        { line: 'POST /track/?ip=1', headers: [FORM_UTF8, ...AGENT], body: 'data=%%%' },
      ],
      answers: [ZERO, ZERO, ZERO, ZERO],
      stored: { verdicts: ['TRK-18 record.invalid'] },
    },
    {
      title: 'with gzip, and verbose in the form when it debugs itself (TRK-04, TRK-05)',
      surprises: ['S6'],
      requests: ({ token }) => [
        {
          line: 'POST /track/?ip=1',
          headers: [FORM_UTF8, GZIP, ...AGENT],
          body: gzip(form([event(token, 'Opened', anonymous)])),
        },
        post('/track/?ip=1', [event(token, 'Closed', anonymous)], '&verbose=1'),
      ],
      answers: [ONE, VERBOSE_OK],
      stored: { events: ['Opened', 'Closed'].map((name) => stored(name, ANON, { $device_id: D })) },
    },
    {
      title: 'people.set() and people.deleteUser(): null (ENG-12, ENG-19, ENG-31)',
      surprises: ['S25'],
      requests: ({ token }) => [
        post('/engage/?ip=0', [
          update(token, { $set: { plan: 'pro', $android_os: 'Android' } }),
          update(token, { $add: { seats: 2 } }),
        ]),
        post('/engage/?ip=0', [{ ...update(token, { $delete: null }), $distinct_id: 'gone' }]),
      ],
      answers: [ONE, ONE],
      stored: { profiles: { charlie: { plan: 'pro', $android_os: 'Android', seats: 2, ...SEEN } } },
    },
    {
      title: 'people.merge(), union(), append(), remove() and unset() (ENG-12 to ENG-18)',
      requests: ({ token }) => [
        post('/engage/?ip=0', [
          update(token, { $set: { address: { city: 'Berlin', zip: '10115' }, old: 1 } }),
          update(token, { $merge: { address: { zip: '10117' } } }),
          update(token, { $union: { tags: ['a', 'b'] } }),
          update(token, { $append: { tags: 'a' } }),
          update(token, { $remove: { tags: 'a' } }),
          update(token, { $unset: ['old'] }),
        ]),
      ],
      answers: [ONE],
      stored: { profiles: { charlie: { address: { city: 'Berlin', zip: '10117' }, tags: ['b'], ...SEEN } } },
    },
    {
      title: 'getGroup(): set(), setOnce(), union() and deleteGroup() (GRP-03)',
      requests: ({ token }) => {
        const group = (id: string, operation: object) => {
          const who = { $token: token, $time: TIME_MS, $group_key: 'company', $group_id: id }
          return { ...operation, ...who, $mp_metadata: METADATA }
        }
        return [
          post('/groups/?ip=1', [
            group('Acme', { $set: { seats: 5 } }),
            group('Acme', { $set_once: { seats: 9, first: 'x' } }),
            group('Acme', { $union: { tags: ['a'] } }),
            group('Gone', { $set: { seats: 1 } }),
            group('Gone', { $delete: null }),
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { 'company/Acme': { seats: 5, first: 'x', tags: ['a'], ...SEEN } } },
    },
    {
      title: 'alias() (IDO-14)',
      mode: 'original',
      requests: ({ token }) => [
        post('/track/?ip=1', [event(token, '$create_alias', { alias: 'c@x.com', distinct_id: 'charlie' })]),
      ],
      answers: [ONE],
      stored: {
        events: [stored('$create_alias', 'charlie', { alias: 'c@x.com' })],
        clusters: { charlie: ['charlie', 'c@x.com'] },
      },
    },
    askForFlags('/flags/', 'context=CONTEXT&token=TOKEN&mp_lib=android&%24lib_version=8.9.0', AUTHORIZED),
    {
      title: 'a first-time event (FLG-03)',
      requests: ({ token, projectId }) => [
        {
          line: 'POST /flags/checkout/first-time-events',
          headers: [
            basic(token),
            'Content-Type: application/json; charset=utf-8',
            'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
            ...AGENT,
          ],
          body: JSON.stringify({
            distinct_id: 'charlie',
            project_id: projectId,
            first_time_event_hash: 'a1b2',
          }),
        },
      ],
      answers: [json(200, { status: 'ok' })],
    },
    {
      title: 'session replay asks for its settings, without a slash at the end (FLG-06)',
      surprises: ['S15'],
      requests: (who) => [
        {
          line: 'GET /settings?recording=1&sdk_config=1&%24os=Android&mp_lib=android-sr&%24lib_version=1.4.0',
          headers: AUTHORIZED(who),
        },
      ],
      answers: [
        json(200, {
          recording: { is_enabled: true, error: null },
          sdk_config: { config: { record_sessions_percent: 100 }, error: null },
        }),
      ],
    },
    {
      title: 'session replay sends a recording: gzip that only the query tells (FLG-07)',
      surprises: ['S30'],
      requests: (who) => [
        {
          line: `POST /record?${RECORD_QUERY}`,
          headers: ['Content-Type: application/octet-stream', ...AUTHORIZED(who)],
          body: gzip('[{"type":4,"data":{"width":411,"height":914},"timestamp":1787227130123}]'),
        },
      ],
      answers: [json(200, { code: 200, status: 'OK' })],
    },
  ],
}
