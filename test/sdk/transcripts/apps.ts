import { reactNative, unity } from '../support/judges.ts'
import {
  askForFlags,
  basic,
  FORM,
  happened,
  JSON_TYPE,
  json,
  ONE,
  percent,
  SEEN,
  TIME_MS,
  type Transcript,
  ZERO,
} from '../support/transcript.ts'

/*
 * The SDKs that send forms of percent-encoded JSON from an app: React Native without its native part, and Unity.
 * The first wants a body that parses as JSON, the second any 2xx; a 400 makes the first drop an event, and the
 * second try for ever.
 */

const D = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const ANON = `$device:${D}`
const METADATA = {
  $mp_event_id: '1f0c2d3e4b5a6978',
  $mp_session_id: '8a7b6c5d4e3f2a1b',
  $mp_session_seq_id: 0,
  $mp_session_start_sec: 1_787_227_000,
}

const OKHTTP = [FORM, 'Connection: Keep-Alive', 'Accept-Encoding: gzip', 'User-Agent: okhttp/4.12.0']
const TRACEPARENT = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const UNITY_AGENT = [
  'User-Agent: UnityPlayer/6000.0.40f1 (UnityWebRequest/1.0, libcurl/8.10.1-DEV)',
  'Accept: */*',
  'Accept-Encoding: deflate, gzip',
  FORM,
  'X-Unity-Version: 6000.0.40f1',
]
const post = (path: string, payload: readonly unknown[], headers: readonly string[]) => ({
  line: `POST ${path}`,
  headers,
  body: `data=${percent(JSON.stringify(payload))}`,
})

const RN = {
  mp_lib: 'react-native',
  $lib_version: '3.8.0',
  $os: 'ios',
  $os_version: '19.0',
  $manufacturer: 'Apple',
}
const rnEvent = (token: string, name: string, properties: object) => ({
  event: name,
  properties: { token, time: TIME_MS, ...RN, ...properties },
  $mp_metadata: METADATA,
})
const rnStored = (name: string, id: string, properties: object) =>
  happened(name, id, TIME_MS, { ...RN, ...properties })
const anonymous = { $device_id: D, distinct_id: ANON, $user_id: null }
const known = { $device_id: D, distinct_id: 'charlie', $user_id: 'charlie' }

export const REACT_NATIVE: Transcript = {
  sdk: 'mixpanel-react-native 3.8.0, JavaScript mode',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track/?ip=1',
          names.map((name) => rnEvent(token, name, anonymous)),
          OKHTTP,
        ),
      judge: reactNative,
    },
  ],
  exchanges: [
    {
      title: 'track(), identify(), track(): $user_id null, a stray distinctId (IDS-03, IDS-16, TRK-43)',
      surprises: ['S15', 'S22', 'S27'],
      requests: ({ token }) => [
        post('/track/?ip=1', [rnEvent(token, 'Opened 😀', anonymous)], OKHTTP),
        post(
          '/track/?ip=1',
          [
            rnEvent(token, '$identify', { ...known, distinctId: 'charlie', $anon_distinct_id: ANON }),
            rnEvent(token, 'Logged in', known),
          ],
          OKHTTP,
        ),
      ],
      answers: [ONE, ONE],
      stored: {
        events: [
          rnStored('Opened 😀', ANON, {
            $device_id: D,
            $distinct_id_before_identity: ANON,
            $is_reshuffled: true,
            $preshuffle_distinct_id: ANON,
          }),
          rnStored('Logged in', 'charlie', { $device_id: D, $user_id: 'charlie' }),
        ],
        clusters: { charlie: ['charlie', ANON] },
        verdicts: ['IDS-20 identity.identify_noop'],
      },
    },
    {
      title: 'identify() in an original project: the prefix is no part of the UUID (IDO-04, IDO-07)',
      surprises: ['S27'],
      mode: 'original',
      requests: ({ token }) => [
        post(
          '/track/?ip=1',
          [rnEvent(token, '$identify', { ...known, distinctId: 'charlie', $anon_distinct_id: ANON })],
          OKHTTP,
        ),
      ],
      answers: [ONE],
      stored: {
        events: [
          rnStored('$identify', 'charlie', {
            $device_id: D,
            $user_id: 'charlie',
            distinctId: 'charlie',
            $anon_distinct_id: ANON,
            $distinct_id_before_identity: 'charlie',
          }),
        ],
        clusters: { [ANON]: [ANON, 'charlie'] },
        verdicts: ['IDO-23 identity.canonical_is_anonymous'],
      },
    },
    {
      title: 'what is refused is 0, which parses; a 400 would drop what is before it (TRK-20, DEC-08)',
      surprises: ['S12'],
      requests: () => [post('/track/?ip=1', [rnEvent('', 'Opened', anonymous)], OKHTTP)],
      answers: [ZERO],
    },
    {
      title:
        'people.set() of somebody anonymous, people.deleteUser(): the text null (ENG-11, ENG-19, IDS-27)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $device_id: D, $mp_metadata: METADATA }
        return [
          post('/engage/?ip=1', [{ ...base, $distinct_id: ANON, $set: { plan: 'free' } }], OKHTTP),
          post('/engage/?ip=1', [{ ...base, $distinct_id: 'gone', $delete: 'null' }], OKHTTP),
        ]
      },
      answers: [ONE, ONE],
      stored: { profiles: { [ANON]: { plan: 'free', ...SEEN } } },
    },
    {
      title: 'getGroup(): set() and union() (GRP-03)',
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $group_key: 'company', $group_id: 'Acme' }
        return [
          post(
            '/groups/?ip=1',
            [
              { ...base, $set: { seats: 5 }, $mp_metadata: METADATA },
              { ...base, $union: { tags: ['a'] }, $mp_metadata: METADATA },
            ],
            OKHTTP,
          ),
        ]
      },
      answers: [ONE],
      stored: { profiles: { 'company/Acme': { seats: 5, tags: ['a'], ...SEEN } } },
    },
    {
      // The distinct_id is the current one, whatever the caller says; then it identifies as that.
      title: 'alias() (IDO-14)',
      mode: 'original',
      requests: ({ token }) => [
        post('/track/?ip=1', [rnEvent(token, '$create_alias', { alias: 'c@x.com', ...anonymous })], OKHTTP),
      ],
      answers: [ONE],
      stored: {
        events: [rnStored('$create_alias', ANON, { alias: 'c@x.com', $device_id: D, $user_id: null })],
        clusters: { [ANON]: [ANON, 'c@x.com'] },
      },
    },
    {
      title: 'autocapture.trackScreenView() and trackScreenLeave(): events like any other (TRK-02, IDS-02)',
      requests: ({ token }) => [
        post(
          '/track/?ip=1',
          [
            rnEvent(token, '$mp_page_view', { ...known, current_page_title: 'Cart' }),
            rnEvent(token, '$mp_page_leave', { ...known, current_page_title: 'Cart', time_spent_ms: 5000 }),
          ],
          OKHTTP,
        ),
      ],
      answers: [ONE],
      stored: {
        events: [
          rnStored('$mp_page_view', 'charlie', {
            $device_id: D,
            $user_id: 'charlie',
            current_page_title: 'Cart',
          }),
          rnStored('$mp_page_leave', 'charlie', {
            ...{ $device_id: D, $user_id: 'charlie', current_page_title: 'Cart', time_spent_ms: 5000 },
          }),
        ],
        clusters: { charlie: ['charlie', ANON] },
      },
    },
    // Since 3.5.0; of the address it speaks here too.
    askForFlags(
      '/flags',
      'context=CONTEXT&token=TOKEN&mp_lib=react-native&%24lib_version=3.8.0&ip=1',
      ({ token }) => [basic(token), TRACEPARENT, ...OKHTTP.slice(1)],
    ),
    {
      title: 'a first-time event (FLG-03)',
      requests: ({ token, projectId }) => [
        {
          line: 'POST /flags/checkout/first-time-events?mp_lib=react-native&%24lib_version=3.8.0',
          headers: [JSON_TYPE, basic(token), TRACEPARENT, ...OKHTTP.slice(1)],
          body: JSON.stringify({
            distinct_id: 'charlie',
            project_id: projectId,
            first_time_event_hash: 'a1b2',
          }),
        },
      ],
      answers: [json(200, { status: 'ok' })],
    },
  ],
}

const UN = { mp_lib: 'unity', $lib_version: '3.5.5', $os: 'Windows 11', $model: 'PC', $wifi: true }
const unityEvent = (n: number, token: string, name: string, properties: object) => ({
  event: name,
  properties: { token, time: TIME_MS, ...UN, ...properties },
  $mp_metadata: METADATA,
  id: `Event${n}`,
})

export const UNITY: Transcript = {
  sdk: 'mixpanel-unity 3.5.5',
  calls: [
    {
      call: 'Track()',
      request: ({ token }, names) =>
        post(
          '/track/?ip=1',
          names.map((name, n) => unityEvent(n, token, name, { distinct_id: D })),
          UNITY_AGENT,
        ),
      judge: unity,
    },
  ],
  exchanges: [
    {
      title: 'Track(): an `id` that is a text, an anonymous id that looks like a user (TRK-43, IDS-12)',
      surprises: ['S15', 'S21', 'S24'],
      requests: ({ token }) => [
        post('/track/?ip=1', [unityEvent(12, token, 'Opened', { distinct_id: D })], UNITY_AGENT),
      ],
      answers: [ONE],
      stored: {
        events: [happened('Opened', D, TIME_MS, { ...UN, $user_id: D })],
        verdicts: ['IDS-12 identity.unprefixed_anonymous'],
      },
    },
    {
      title: 'Identify() (IDO-04)',
      surprises: ['S27'],
      mode: 'original',
      requests: ({ token }) => [
        post(
          '/track/?ip=1',
          [
            unityEvent(1, token, 'Opened', { distinct_id: D }),
            unityEvent(2, token, '$identify', { distinct_id: 'charlie', $anon_distinct_id: D }),
          ],
          UNITY_AGENT,
        ),
      ],
      answers: [ONE],
      stored: {
        events: [
          happened('Opened', D, TIME_MS, UN),
          happened('$identify', 'charlie', TIME_MS, {
            ...UN,
            $anon_distinct_id: D,
            $distinct_id_before_identity: 'charlie',
          }),
        ],
        clusters: { [D]: [D, 'charlie'] },
        verdicts: ['IDO-23 identity.canonical_is_anonymous'],
      },
    },
    {
      title: 'Alias() (IDO-14)',
      mode: 'original',
      requests: ({ token }) => [
        post(
          '/track/?ip=1',
          [unityEvent(3, token, '$create_alias', { alias: 'c@x.com', distinct_id: 'charlie' })],
          UNITY_AGENT,
        ),
      ],
      answers: [ONE],
      stored: {
        events: [happened('$create_alias', 'charlie', TIME_MS, { ...UN, alias: 'c@x.com' })],
        clusters: { charlie: ['charlie', 'c@x.com'] },
      },
    },
    {
      title: 'People.SetOnce(), Increment(), Append(), Union() and Unset() (ENG-13 to ENG-18)',
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: TIME_MS, $mp_metadata: METADATA }
        const operations = [
          { $set_once: { first: 'x' } },
          { $add: { seats: 2 } },
          { $append: { tags: 'a' } },
          { $union: { tags: ['a', 'b'] } },
          { $unset: ['first'] },
        ]
        return [
          post(
            '/engage/?ip=1',
            operations.map((operation, n) => ({ ...base, ...operation, id: `People${n + 5}` })),
            UNITY_AGENT,
          ),
        ]
      },
      answers: [ONE],
      stored: { profiles: { charlie: { seats: 2, tags: ['a', 'b'], ...SEEN } } },
    },
    {
      title: 'People.Set(), and OptOutTracking(), which deletes (ENG-12, ENG-19)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: TIME_MS, $mp_metadata: METADATA }
        return [
          post('/engage/?ip=1', [{ ...base, $set: { plan: 'pro' }, id: 'People3' }], UNITY_AGENT),
          post('/engage/?ip=1', [{ ...base, $distinct_id: 'gone', $delete: '', id: 'People4' }], UNITY_AGENT),
        ]
      },
      answers: [ONE, ONE],
      stored: { profiles: { charlie: { plan: 'pro', ...SEEN } } },
    },
    {
      title: 'what is refused is 200, or it would be sent for ever (TRK-20, DEC-08)',
      surprises: ['S12'],
      requests: () => [post('/track/?ip=1', [unityEvent(1, '', 'Opened', { distinct_id: D })], UNITY_AGENT)],
      answers: [ZERO],
    },
  ],
}
