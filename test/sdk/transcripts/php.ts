import { php } from '../support/judges.ts'
import {
  ALIASED,
  aliasRecord,
  base64,
  FORM,
  happened,
  ONE,
  SEEN,
  TIME_MS,
  type Transcript,
  ZERO,
} from '../support/transcript.ts'

/*
 * Forms of base64 that is not percent-encoded, so that each + reads as a blank; always a list. The trimmed body
 * must be 1, or the batch goes back into the queue, which the destructor sends up to ten times.
 */

const CURL = ['Accept: */*', FORM]
/** What the socket consumer writes itself. */
const SOCKET = [FORM, 'Accept: application/json']

const post = (path: string, payload: readonly unknown[], headers: readonly string[] = CURL) => ({
  line: `POST ${path}`,
  headers,
  body: `data=${base64(JSON.stringify(payload))}`,
})

/** `microtime(true)`: seconds with a fraction. */
const SECONDS = 1_787_227_140.1234
const event = (token: string, name: string, properties: object = {}, time = SECONDS) => {
  return { event: name, properties: { distinct_id: 'charlie', ...properties, token, time, mp_lib: 'php' } }
}
const stored = (name: string, properties: object = {}, time = TIME_MS) =>
  happened(name, 'charlie', time, { $user_id: 'charlie', mp_lib: 'php', ...properties })

const FOUR = [0, 1, 2, 3]
const ANON = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'

export const PHP: Transcript = {
  sdk: 'mixpanel-php of 2023-04',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track',
          names.map((name) => event(token, name)),
        ),
      judge: php,
    },
  ],
  exchanges: [
    {
      title: 'track(): raw + and / in the form (TRK-02, TRK-03, TRK-07, TRK-08)',
      surprises: ['S1', 'S23'],
      requests: ({ token }) => [post('/track', [event(token, 'Searched', { q: '>>>???~~~ÿÿÿ' })])],
      answers: [ONE],
      stored: { events: [stored('Searched', { q: '>>>???~~~ÿÿÿ' })] },
    },
    {
      title: 'the destructor sends again what was answered 0, and has no $insert_id (TRK-19, DDP-05)',
      surprises: ['S24'],
      requests: ({ token }) => Array.from({ length: 3 }, () => post('/track', [event(token, '')])),
      answers: [ZERO, ZERO, ZERO],
      stored: { verdicts: Array(3).fill('TRK-18 record.invalid') },
    },
    {
      title: 'what it sends twice is stored twice (DDP-05)',
      surprises: ['S24'],
      requests: ({ token }) => [post('/track', [event(token, 'One')]), post('/track', [event(token, 'One')])],
      answers: [ONE, ONE],
      stored: { events: [stored('One'), stored('One')] },
    },
    {
      title: 'the socket consumer sends one request after the other and reads no answer (TRK-02)',
      surprises: ['S32'],
      isPipelined: true,
      requests: ({ token }) =>
        FOUR.map((n) => post('/track', [event(token, 'Step', { n }, SECONDS + n)], SOCKET)),
      answers: [ONE, ONE, ONE, ONE],
      stored: { events: FOUR.map((n) => stored('Step', { n }, TIME_MS + 1_000 * n)) },
    },
    {
      title: 'with fork, a curl of its own, which nobody reads (TRK-02)',
      requests: ({ token }) => [
        post('/track', [event(token, 'One')], ['User-Agent: curl/8.14.1', 'Accept: */*', FORM]),
      ],
      answers: [ONE],
      stored: { events: [stored('One')] },
    },
    {
      title: 'identify() with an anonymous id: $identified_id and $anon_id (IDO-03, IDO-04)',
      surprises: ['S27'],
      mode: 'original',
      requests: ({ token }) => [
        post('/track', [event(token, '$identify', { $identified_id: 'charlie', $anon_id: ANON })]),
      ],
      answers: [ONE],
      stored: {
        events: [
          happened('$identify', 'charlie', TIME_MS, {
            mp_lib: 'php',
            $identified_id: 'charlie',
            $anon_id: ANON,
            $distinct_id_before_identity: 'charlie',
          }),
        ],
        clusters: { [ANON]: [ANON, 'charlie'] },
        verdicts: ['IDO-23 identity.canonical_is_anonymous'],
      },
    },
    {
      title: 'createAlias(): neither time nor mp_lib (IDO-14)',
      mode: 'original',
      requests: (who) => [post('/track', [aliasRecord(who)])],
      answers: [ONE],
      stored: ALIASED,
    },
    {
      title: 'people->set() of nothing is a list, $ip the number 0 (ENG-03, ENG-24, ENG-27)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: SECONDS, $ip: 0 }
        return [
          post('/engage', [
            { ...base, $set: { plan: 'pro' } },
            { ...base, $set: [] },
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { charlie: { plan: 'pro', ...SEEN } } },
    },
    {
      title:
        'people->setOnce(), increment(), trackCharge() and deleteUser() (ENG-13, ENG-14, ENG-19, ENG-26)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: SECONDS }
        const charge = { $amount: 9.99, $time: '2026-08-20T13:59:00+02:00' }
        return [
          post('/engage', [
            { ...base, $set_once: { first: 'x' } },
            { ...base, $add: { seats: 2 } },
            { ...base, $time: SECONDS - 86_400, $ignore_time: true, $append: { $transactions: charge } },
            { ...base, $distinct_id: 'gone', $set: { a: 1 } },
            { ...base, $distinct_id: 'gone', $ignore_alias: true, $delete: '' },
          ]),
        ]
      },
      answers: [ONE],
      stored: {
        profiles: {
          charlie: {
            first: 'x',
            seats: 2,
            $transactions: [{ $amount: 9.99, $time: '2026-08-20T13:59:00+02:00' }],
            ...SEEN,
          },
        },
      },
    },
    {
      title: 'group->set() and group->union() (GRP-03)',
      requests: ({ token }) => {
        const base = { $token: token, $group_key: 'company', $group_id: 'Acme', $time: SECONDS }
        return [
          post('/groups', [
            { ...base, $set: { seats: 5 } },
            { ...base, $union: { tags: ['a'] } },
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { 'company/Acme': { seats: 5, tags: ['a'], ...SEEN } } },
    },
    {
      title: 'people->append() of a list is a union, people->remove() an unset (ENG-16, ENG-18)',
      requests: ({ token }) => {
        const base = { $token: token, $distinct_id: 'charlie', $time: SECONDS }
        return [
          post('/engage', [
            { ...base, $set: { age: 5 } },
            { ...base, $union: { colours: ['red', 'blue'] } },
            { ...base, $unset: ['age'] },
          ]),
        ]
      },
      answers: [ONE],
      stored: { profiles: { charlie: { colours: ['red', 'blue'], ...SEEN } } },
    },
  ],
}
