import {
  basic,
  GZIP,
  gzip,
  happened,
  imported,
  JSON_TYPE,
  json,
  NOW_MS,
  ONE,
  SEEN,
  SEEN_NOW,
  TIME_MS,
  type Transcript,
  VERBOSE_OK,
  verboseError,
  ZERO,
} from '../support/transcript.ts'

/*
 * Tools that move data from elsewhere: mixpanel-import and RudderStack. They speak to /import with lists of JSON,
 * and to /engage and /groups as if these were /import: with its parameters and its credentials.
 */

const LONG_AGO_MS = 1_615_734_566_535
const INSERT_ID = '0b5c2f6a-9d1e-4c3b-8a7f-6e5d4c3b2a19'
const OTHER_ID = 'a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90'
const old = (properties: object = {}) => {
  const own = { distinct_id: 'charlie', time: LONG_AGO_MS, $insert_id: INSERT_ID }
  return { event: 'Paid', properties: { ...own, ...properties } }
}
const stored = (insertId = INSERT_ID, properties: object = {}, time = LONG_AGO_MS) =>
  happened('Paid', 'charlie', time, { $user_id: 'charlie', $import: true, ...properties }, insertId)
const failure = (index: number, insertId: string, field: string, message: string) => {
  return { index, insert_id: insertId, $insert_id: insertId, field, message }
}

const IMPORT_QUERY = 'ip=0&verbose=1&strict=1'
const SOME_FAILED = 'some data points in the request failed validation'

export const MIXPANEL_IMPORT: Transcript = {
  sdk: 'mixpanel-import 3.6.1',
  exchanges: [
    {
      title: 'IMP-02, IMP-04, IMP-10: events with gzip and a service account',
      requests: ({ account, projectId }) => [
        {
          line: `POST /import?${IMPORT_QUERY}&project_id=${projectId}`,
          headers: [
            basic(account.username, account.secret),
            JSON_TYPE,
            'Accept: application/json',
            GZIP,
            'Connection: keep-alive',
          ],
          body: gzip(JSON.stringify([old(), old({ $insert_id: OTHER_ID })])),
        },
      ],
      answers: [imported(2)],
      stored: { events: [stored(), stored(OTHER_ID)] },
    },
    {
      title: 'IMP-11, IMP-14: it counts failed_records and reads index and message',
      surprises: ['S20'],
      requests: ({ token }) => [
        {
          line: `POST /import?${IMPORT_QUERY}`,
          headers: [basic(token), JSON_TYPE, 'Accept: application/json', GZIP],
          body: gzip(JSON.stringify([old(), old({ $insert_id: OTHER_ID, time: undefined })])),
        },
      ],
      answers: [
        json(400, {
          code: 400,
          error: SOME_FAILED,
          failed_records: [
            failure(1, OTHER_ID, 'properties.time', "'properties.time' is invalid: must not be missing"),
          ],
          num_records_imported: 1,
          status: 'Bad Request',
        }),
      ],
      stored: { events: [stored()], verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'] },
    },
    {
      title: 'TRK-42, ENG-05, GRP-01: profiles with credentials, strict, and an empty Content-Encoding',
      surprises: ['S17', 'S19'],
      requests: ({ token, account, projectId }) => {
        const headers = [
          basic(account.username, account.secret),
          JSON_TYPE,
          'Accept: application/json',
          'Content-Encoding: ',
        ]
        const query = `${IMPORT_QUERY}&project_id=${projectId}`
        const user = { $token: token, $distinct_id: 'charlie', $ip: 0, $set: { plan: 'pro' } }
        const group = { $token: token, $group_key: 'company', $group_id: 'Acme', $set: { seats: 5 } }
        return [
          { line: `POST /engage?${query}`, headers, body: JSON.stringify([user]) },
          { line: `POST /groups?${query}`, headers, body: JSON.stringify([group]) },
        ]
      },
      answers: Array(2).fill(json(200, { code: 200, num_good_events: 1, status: 'OK' })),
      stored: {
        profiles: { charlie: { plan: 'pro', ...SEEN_NOW }, 'company/Acme': { seats: 5, ...SEEN_NOW } },
        verdicts: Array(2).fill('ENG-03 auth.basic_on_engage'),
      },
    },
  ],
}

const AXIOS = ['Accept: application/json, text/plain, */*', JSON_TYPE, 'User-Agent: RudderLabs']
const rudder = (token: string, properties: object = {}) =>
  old({ token, $insert_id: INSERT_ID, $browser: 'Chrome', ...properties })

export const RUDDERSTACK: Transcript = {
  sdk: 'rudder-transformer, Mixpanel destination',
  exchanges: [
    {
      title: 'GEN-05, IMP-10: track: /import/ with a slash at the end, which no redirect answers',
      surprises: ['S15'],
      requests: ({ token }) => [
        {
          line: 'POST /import/?strict=1',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([rudder(token)]),
        },
      ],
      answers: [imported(1)],
      stored: { events: [stored(INSERT_ID, { $browser: 'Chrome' })] },
    },
    {
      title: 'IMP-11, DEC-03: it matches failed_records by $insert_id',
      surprises: ['S20'],
      requests: ({ token }) => [
        {
          line: 'POST /import/?strict=1',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([rudder(token, { $insert_id: 'bad:id' }), rudder(token)]),
        },
      ],
      answers: [
        json(400, {
          code: 400,
          error: SOME_FAILED,
          failed_records: [
            failure(
              0,
              'bad:id',
              '$insert_id',
              "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters",
            ),
          ],
          num_records_imported: 1,
          status: 'Bad Request',
        }),
      ],
      stored: {
        events: [stored(INSERT_ID, { $browser: 'Chrome' })],
        verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'],
      },
    },
    {
      title: 'TRK-10, ENG-02, ENG-03, GRP-02: identify and group: verbose is 2',
      surprises: ['S6'],
      requests: ({ token }) => {
        const user = { $token: token, $distinct_id: 'charlie', $time: TIME_MS, $set: { plan: 'pro' } }
        const group = { $token: token, $group_key: 'company', $group_id: 'Acme', $set: { seats: 5 } }
        const { $distinct_id: _, ...nobody } = user
        return [
          { line: 'POST /engage/?verbose=2', headers: AXIOS, body: JSON.stringify([user]) },
          { line: 'POST /groups/?verbose=2', headers: AXIOS, body: JSON.stringify([group]) },
          { line: 'POST /engage/?verbose=2', headers: AXIOS, body: JSON.stringify([nobody]) },
        ]
      },
      answers: [VERBOSE_OK, VERBOSE_OK, verboseError('$distinct_id, missing or empty')],
      stored: {
        profiles: { charlie: { plan: 'pro', ...SEEN }, 'company/Acme': { seats: 5, ...SEEN_NOW } },
        verdicts: ['TRK-18 record.invalid'],
      },
    },
    {
      title: 'IDO-20, IMP-26: identify in an original project: $merge, strict and without a time',
      surprises: ['S8'],
      mode: 'original',
      requests: ({ token }) => [
        {
          line: 'POST /import/?strict=1',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([
            { event: '$merge', properties: { $distinct_ids: ['charlie', 'anon'], token } },
          ]),
        },
      ],
      answers: [imported(1)],
      stored: {
        events: [
          happened('$merge', 'charlie', NOW_MS, { $distinct_ids: ['charlie', 'anon'], $import: true }),
        ],
        clusters: { charlie: ['charlie', 'anon'] },
      },
    },
    {
      // It gives the alias no time. Only a $merge needs none (IDO-20), so this is skipped, and told.
      title: 'IMP-13, IDO-14, IMP-26: alias: $create_alias to /import/, the old id as distinct_id',
      mode: 'original',
      requests: ({ token }) => {
        const properties = { distinct_id: 'old', alias: 'charlie', token }
        const post = (own: object) => ({
          line: 'POST /import/?strict=0',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([{ event: '$create_alias', properties: own }]),
        })
        return [post(properties), post({ ...properties, time: TIME_MS })]
      },
      answers: [ZERO, ONE],
      stored: {
        events: [happened('$create_alias', 'old', TIME_MS, { alias: 'charlie', $import: true })],
        clusters: { old: ['old', 'charlie'] },
        verdicts: ['TRK-18 record.invalid', 'DDP-05 dedup.no_insert_id'],
      },
    },
    {
      title: 'ENG-19: the deletion of users: null, with $ignore_alias',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $distinct_id: 'charlie', $token: token }
        return [
          {
            line: 'POST /engage/?verbose=2',
            headers: AXIOS,
            body: JSON.stringify([{ ...base, $set: { a: 1 } }]),
          },
          {
            line: 'POST /engage',
            headers: [JSON_TYPE, 'accept: text/plain'],
            body: JSON.stringify([{ ...base, $delete: null, $ignore_alias: true }]),
          },
        ]
      },
      answers: [VERBOSE_OK, ONE],
    },
  ],
}

/** What the documentation shows for a terminal. */
export const DOCUMENTATION: Transcript = {
  sdk: 'the documentation, by curl',
  exchanges: [
    {
      title: 'TRK-02: $identify: JSON in `data`, over several lines and not encoded at all',
      surprises: ['S2'],
      mode: 'original',
      requests: ({ token }) => [
        {
          line: 'POST /track',
          headers: [
            'User-Agent: curl/8.14.1',
            'accept: text/plain',
            'content-type: application/x-www-form-urlencoded',
          ],
          body:
            `data={\n  "event": "$identify",\n  "properties": {\n    "$identified_id": "charlie",\n` +
            `    "$anon_id": "4f6d1a3e-0b1c-4d2e-8f3a-000000000001",\n    "token": "${token}"\n  }\n}`,
        },
      ],
      answers: [ONE],
      stored: {
        events: [
          happened('$identify', 'charlie', NOW_MS, {
            $identified_id: 'charlie',
            $anon_id: '4f6d1a3e-0b1c-4d2e-8f3a-000000000001',
            $distinct_id_before_identity: 'charlie',
          }),
        ],
        clusters: {
          '4f6d1a3e-0b1c-4d2e-8f3a-000000000001': ['4f6d1a3e-0b1c-4d2e-8f3a-000000000001', 'charlie'],
        },
        verdicts: ['IDO-23 identity.canonical_is_anonymous'],
      },
    },
    {
      title: 'IMP-01, IMP-02: events as lines of JSON, with gzip',
      requests: ({ token }) => [
        {
          line: 'POST /import?strict=1',
          headers: [basic(token), 'Content-Type: application/x-ndjson', GZIP],
          body: gzip(`${JSON.stringify(old())}\n${JSON.stringify(old({ $insert_id: OTHER_ID }))}\n`),
        },
      ],
      answers: [imported(2)],
      stored: { events: [stored(), stored(OTHER_ID)] },
    },
  ],
}
