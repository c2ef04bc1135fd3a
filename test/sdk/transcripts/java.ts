import { expect } from 'vitest'
import { java, javaImport } from '../support/judges.ts'
import {
  askForDefinitions,
  askForFlags,
  base64,
  basic,
  GZIP,
  gzip,
  happened,
  imported,
  JSON_TYPE,
  json,
  ONE,
  percent,
  SEEN,
  TIME_MS,
  type Transcript,
  type Who,
  ZERO,
} from '../support/transcript.ts'

/*
 * Forms with a charset that no list of charsets has. The whole body must be 1, a newline after it is a failure;
 * of a strict import it wants JSON with `status` "OK" and `code` 200. Any status from 400 on is an exception.
 */

const FORM_UTF8 = 'Content-Type: application/x-www-form-urlencoded;charset=utf8'
const AGENT = [
  'User-Agent: Java/21.0.4',
  'Accept: text/html, image/gif, image/jpeg, */*; q=0.2',
  'Connection: keep-alive',
]
const FLAG_HEADERS = ({ token }: Who) => [
  basic(token),
  'X-Scheme: https',
  'X-Forwarded-Proto: https',
  JSON_TYPE,
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ...AGENT,
]

const form = (payload: unknown) => `data=${percent(base64(JSON.stringify(payload)))}`
const post = (path: string, payload: unknown) => ({
  line: `POST ${path}`,
  headers: [FORM_UTF8, ...AGENT],
  body: form(payload),
})
const postGzip = (path: string, payload: unknown) => ({
  line: `POST ${path}`,
  headers: [FORM_UTF8, GZIP, ...AGENT],
  body: gzip(form(payload)),
})

const event = (token: string, name: string, properties: object = {}) => {
  return {
    event: name,
    properties: { token, mp_lib: 'jdk', distinct_id: 'charlie', time: TIME_MS, ...properties },
  }
}
const stored = (name: string, properties: object = {}, time = TIME_MS, insertId?: string) =>
  happened(name, 'charlie', time, { $user_id: 'charlie', mp_lib: 'jdk', ...properties }, insertId)

const LONG_AGO_MS = 1_615_734_566_535
const INSERT_ID = '0b5c2f6a9d1e4c3b8a7f6e5d4c3b2a19'
const old = (token: string, properties: object = {}) =>
  event(token, 'Paid', { time: LONG_AGO_MS, $insert_id: INSERT_ID, ...properties })
const OLD = [stored('Paid', { $import: true }, LONG_AGO_MS, INSERT_ID)]

const REFUSED = json(401, {
  code: 401,
  error:
    'Unauthorized, invalid project secret. See docs for more information: ' +
    'https://developer.mixpanel.com/reference/authentication#project-secret',
  status: 'Unauthorized',
})

export const JAVA: Transcript = {
  sdk: 'mixpanel-java 1.7.0',
  calls: [
    {
      call: 'deliver() of events',
      request: ({ token }, names) =>
        post(
          '/track?ip=0',
          names.map((name) => event(token, name)),
        ),
      judge: java,
    },
    {
      call: 'deliver() of imports',
      request: ({ token }, names) => ({
        line: 'POST /import?strict=1',
        headers: [JSON_TYPE, basic(token), ...AGENT],
        body: JSON.stringify(names.map((event) => ({ ...old(token), event }))),
      }),
      judge: javaImport,
    },
  ],
  exchanges: [
    {
      title: 'deliver() of events: charset=utf8, and exactly 1 (TRK-08, TRK-42)',
      surprises: ['S5', 'S18', 'S24'],
      requests: ({ token }) => [post('/track?ip=0', [event(token, 'Käufe 😀'), event(token, 'Paid')])],
      answers: [ONE],
      stored: { events: [stored('Käufe 😀'), stored('Paid')] },
    },
    {
      title: 'deliver() of what nothing is right with: 0, and no status that is an exception (TRK-20)',
      requests: () => [post('/track?ip=0', [event('', 'Paid')])],
      answers: [ZERO],
    },
    {
      title: 'deliver() with gzip, of profiles too (TRK-04, ENG-01, GRP-01)',
      requests: ({ token }) => [
        postGzip('/track?ip=1', [event(token, 'Paid')]),
        postGzip('/engage?ip=1', [
          { $token: token, $distinct_id: 'charlie', $time: TIME_MS, $set: { plan: 'pro' } },
        ]),
        postGzip('/groups?ip=1', [
          { $token: token, $group_key: 'company', $group_id: 'Acme', $time: TIME_MS, $set: { seats: 5 } },
        ]),
      ],
      answers: [ONE, ONE, ONE],
      stored: {
        events: [stored('Paid')],
        profiles: { charlie: { plan: 'pro', ...SEEN }, 'company/Acme': { seats: 5, ...SEEN } },
        verdicts: ['ENG-01 profile.gzip_unsupported', 'ENG-01 profile.gzip_unsupported'],
      },
    },
    {
      title: 'deliver() of imports, strict: `code` a number and `status` a text (IMP-04, IMP-10)',
      surprises: ['S7'],
      requests: ({ token }) => [
        {
          line: 'POST /import?strict=1',
          headers: [JSON_TYPE, basic(token), GZIP, ...AGENT],
          body: gzip(JSON.stringify([old(token)])),
        },
      ],
      answers: [imported(1)],
      stored: { events: OLD },
    },
    {
      title: 'deliver() of imports, not strict: exactly 1 (IMP-12)',
      surprises: ['S5'],
      requests: ({ token }) => [
        {
          line: 'POST /import?strict=0',
          headers: [JSON_TYPE, basic(token), ...AGENT],
          body: JSON.stringify([old(token)]),
        },
      ],
      answers: [ONE],
      stored: { events: OLD },
    },
    {
      // It keeps the body of a 4xx to itself: the developer is told the status.
      title: 'deliver() of imports, strict, one of them bad: the others are in (IMP-11)',
      requests: ({ token }) => [
        {
          line: 'POST /import?strict=1',
          headers: [JSON_TYPE, basic(token), ...AGENT],
          body: JSON.stringify([old(token), old(token, { $insert_id: 'bad id' })]),
        },
      ],
      answers: [
        {
          status: 400,
          says: expect.objectContaining({ code: 400, num_records_imported: 1, status: 'Bad Request' }),
        },
      ],
      stored: { events: OLD, verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'] },
    },
    {
      title: 'deliver() of imports to an unknown token is an exception (IMP-06)',
      requests: () => [
        {
          line: 'POST /import?strict=1',
          headers: [JSON_TYPE, basic('no-such-token'), ...AGENT],
          body: JSON.stringify([old('no-such-token')]),
        },
      ],
      answers: [REFUSED],
    },
    {
      title: 'set(), setOnce(), increment(), append(), union(), remove(), unset() (ENG-13 to ENG-18, GRP-03)',
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: TIME_MS }
        const group = { $token: token, $group_key: 'company', $group_id: 'Acme', $time: TIME_MS }
        return [
          post('/engage?ip=0', [
            { ...base, $set: { old: 1 } },
            { ...base, $set_once: { first: 'x' } },
            { ...base, $add: { seats: 2 } },
            { ...base, $append: { tags: 'a' } },
            { ...base, $union: { tags: ['a', 'b'] } },
            { ...base, $remove: { tags: 'a' } },
            { ...base, $unset: ['old'] },
          ]),
          post('/groups?ip=0', [
            { ...group, $set: { seats: 5 } },
            { ...group, $union: { tags: ['a'] } },
          ]),
        ]
      },
      answers: [ONE, ONE],
      stored: {
        profiles: {
          charlie: { first: 'x', seats: 2, tags: ['b'], ...SEEN },
          'company/Acme': { seats: 5, tags: ['a'], ...SEEN },
        },
      },
    },
    {
      title: 'delete(): an object (ENG-19)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: TIME_MS }
        return [
          post('/engage?ip=0', [{ ...base, $set: { plan: 'pro' } }]),
          post('/engage?ip=0', [{ ...base, $delete: {} }]),
        ]
      },
      answers: [ONE, ONE],
    },
    // It calls itself jdk when it asks for variants, and java when it asks for definitions.
    askForFlags(
      '/flags',
      'mp_lib=jdk&lib_version=1.7.0&token=TOKEN&flag_key=checkout&context=CONTEXT',
      FLAG_HEADERS,
    ),
    askForDefinitions('mp_lib=java&lib_version=1.7.0&token=TOKEN', FLAG_HEADERS),
  ],
}
