import {
  BAD_INSERT_ID,
  INSERT_ID,
  OTHER_ID,
  oldEvent,
  partlyImported,
  storedOld,
} from '../support/imports.ts'
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
  verboseError,
  ZERO,
} from '../support/transcript.ts'

/*
 * RudderStack, which speaks to /import with lists of JSON; and what the documentation shows.
 */

/** `verbose=2` on profiles (TRK-10). */
const COUNTED_OK = json(200, { error: null, num_good_events: 1, status: 1 })
const AXIOS = ['Accept: application/json, text/plain, */*', JSON_TYPE, 'User-Agent: RudderLabs']
const rudder = (token: string, properties: object = {}) =>
  oldEvent({ token, $insert_id: INSERT_ID, $browser: 'Chrome', ...properties })

export const RUDDERSTACK: Transcript = {
  sdk: 'rudder-transformer, Mixpanel destination',
  exchanges: [
    {
      title: 'track: /import/ with a slash at the end, which no redirect answers (GEN-05, IMP-10)',
      surprises: ['S15'],
      requests: ({ token }) => [
        {
          line: 'POST /import/?strict=1',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([rudder(token)]),
        },
      ],
      answers: [imported(1)],
      stored: { events: [storedOld(INSERT_ID, { $browser: 'Chrome' })] },
    },
    {
      title: 'it matches failed_records by $insert_id (IMP-11, DEC-03)',
      surprises: ['S20'],
      requests: ({ token }) => [
        {
          line: 'POST /import/?strict=1',
          headers: [...AXIOS, basic(token)],
          body: JSON.stringify([rudder(token, { $insert_id: 'bad:id' }), rudder(token)]),
        },
      ],
      answers: [partlyImported(BAD_INSERT_ID)],
      stored: {
        events: [storedOld(INSERT_ID, { $browser: 'Chrome' })],
        verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'],
      },
    },
    {
      title: 'identify and group: verbose is 2 (TRK-10, ENG-02, ENG-03, GRP-02)',
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
      answers: [COUNTED_OK, COUNTED_OK, verboseError('$distinct_id, missing or empty')],
      stored: {
        profiles: { charlie: { plan: 'pro', ...SEEN }, 'company/Acme': { seats: 5, ...SEEN_NOW } },
        verdicts: ['TRK-18 record.invalid'],
      },
    },
    {
      title: 'track by a service account, not strict, with gzip (IMP-02, IMP-04, IMP-12)',
      requests: ({ token, account, projectId }) => [
        {
          line: `POST /import/?strict=0&project_id=${projectId}`,
          headers: [...AXIOS, GZIP, basic(account.username, account.secret)],
          body: gzip(JSON.stringify([rudder(token)])),
        },
      ],
      answers: [ONE],
      stored: { events: [storedOld(INSERT_ID, { $browser: 'Chrome' })] },
    },
    {
      title: 'identify in an original project: $merge, strict and without a time (IDO-20, IMP-26)',
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
        verdicts: ['TRK-37 identity.disallowed_id'],
      },
    },
    {
      // It gives the alias no time. Only a $merge needs none (IDO-20), so this is skipped, and told.
      title: 'alias: $create_alias to /import/, the old id as distinct_id (IMP-13, IDO-14, IMP-26)',
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
      title: 'the deletion of users: null, with $ignore_alias (ENG-19)',
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
      answers: [COUNTED_OK, ONE],
    },
  ],
}

/** What the documentation shows for a terminal. */
export const DOCUMENTATION: Transcript = {
  sdk: 'the documentation, by curl',
  exchanges: [
    {
      title: '$identify: JSON in `data`, over several lines and not encoded at all (TRK-02)',
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
      title: 'events as lines of JSON, with gzip (IMP-01, IMP-02)',
      requests: ({ token }) => [
        {
          line: 'POST /import?strict=1',
          headers: [basic(token), 'Content-Type: application/x-ndjson', GZIP],
          body: gzip(
            `${JSON.stringify(oldEvent())}\n${JSON.stringify(oldEvent({ $insert_id: OTHER_ID }))}\n`,
          ),
        },
      ],
      answers: [imported(2)],
      stored: { events: [storedOld(), storedOld(OTHER_ID)] },
    },
  ],
}
