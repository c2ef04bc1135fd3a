import { expect } from 'vitest'
import { failure, OTHER_ID, oldEvent, partlyImported, storedOld } from '../support/imports.ts'
import { mixpanelImport } from '../support/judges.ts'
import {
  basic,
  FORM,
  GZIP,
  gzip,
  imported,
  JSON_TYPE,
  json,
  LOOSELY_IMPORTED,
  SEEN_NOW,
  type Transcript,
  VERBOSE_OK,
} from '../support/transcript.ts'

/*
 * A tool that moves data from elsewhere. It speaks to /import with lists of JSON, and to /engage and /groups as if
 * these were /import: with its parameters and its credentials.
 */

const QUERY = 'ip=0&verbose=1&strict=1'

export const MIXPANEL_IMPORT: Transcript = {
  sdk: 'mixpanel-import 3.6.1',
  calls: [
    {
      call: 'events',
      request: ({ token }, names) => ({
        line: `POST /import?${QUERY}`,
        headers: [basic(token), JSON_TYPE, GZIP],
        body: gzip(JSON.stringify(names.map((event) => ({ ...oldEvent(), event })))),
      }),
      judge: mixpanelImport,
    },
  ],
  exchanges: [
    {
      title: 'events with gzip and a service account (IMP-02, IMP-04, IMP-10)',
      requests: ({ account, projectId }) => [
        {
          line: `POST /import?${QUERY}&project_id=${projectId}`,
          headers: [
            basic(account.username, account.secret),
            JSON_TYPE,
            'Accept: application/json',
            GZIP,
            'Connection: keep-alive',
          ],
          body: gzip(JSON.stringify([oldEvent(), oldEvent({ $insert_id: OTHER_ID })])),
        },
      ],
      answers: [imported(2)],
      stored: { events: [storedOld(), storedOld(OTHER_ID)] },
    },
    {
      title: 'it counts failed_records and reads index and message (IMP-11, IMP-14)',
      surprises: ['S20'],
      requests: ({ token }) => [
        {
          line: `POST /import?${QUERY}`,
          headers: [basic(token), JSON_TYPE, 'Accept: application/json', GZIP],
          body: gzip(JSON.stringify([oldEvent(), oldEvent({ $insert_id: OTHER_ID, time: undefined })])),
        },
      ],
      answers: [
        partlyImported(
          failure(1, OTHER_ID, 'properties.time', "'properties.time' is invalid: must not be missing"),
        ),
      ],
      stored: { events: [storedOld()], verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'] },
    },
    {
      title: 'profiles with credentials, strict, and an empty Content-Encoding (TRK-42, ENG-05, GRP-01)',
      surprises: ['S17', 'S19'],
      requests: ({ token, account, projectId }) => {
        const headers = [
          basic(account.username, account.secret),
          JSON_TYPE,
          'Accept: application/json',
          'Content-Encoding: ',
        ]
        const query = `${QUERY}&project_id=${projectId}`
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
    {
      title: 'slowly changing dimensions: not strict, and it still counts num_records_imported (IMP-12)',
      requests: ({ token }) => [
        {
          line: 'POST /import?ip=0&verbose=1&strict=0',
          headers: [basic(token), JSON_TYPE, 'Accept: application/json'],
          body: JSON.stringify([oldEvent()]),
        },
      ],
      answers: [LOOSELY_IMPORTED],
      stored: { events: [storedOld()] },
    },
    {
      title: 'events with the secret of the project (IMP-04, SEC-04)',
      requests: ({ secret }) => [
        {
          line: `POST /import?${QUERY}`,
          headers: [basic(secret), JSON_TYPE, 'Accept: application/json', GZIP],
          body: gzip(JSON.stringify([oldEvent()])),
        },
      ],
      answers: [imported(1)],
      stored: { events: [storedOld()], verdicts: ['SEC-04 auth.project_secret_deprecated'] },
    },
    {
      title: 'it takes events and profiles out again (QRY-01, QRY-10, QRY-11)',
      requests: ({ token, secret }) => [
        {
          line: `POST /import?${QUERY}`,
          headers: [basic(token), JSON_TYPE],
          body: JSON.stringify([oldEvent()]),
        },
        {
          line: 'POST /engage?verbose=1',
          headers: [JSON_TYPE],
          body: JSON.stringify([{ $token: token, $distinct_id: 'charlie', $ip: 0, $set: { plan: 'pro' } }]),
        },
        {
          line: 'GET /api/2.0/export?from_date=2021-03-14&to_date=2021-03-14',
          headers: [basic(secret)],
        },
        { line: 'POST /api/2.0/engage', headers: [basic(secret), FORM], body: 'include_all_users=true' },
      ],
      answers: [
        imported(1),
        VERBOSE_OK,
        { status: 200, says: expect.objectContaining({ event: 'Paid' }) },
        {
          status: 200,
          says: expect.objectContaining({
            page: 0,
            session_id: expect.any(String),
            results: [{ $distinct_id: 'charlie', $properties: { plan: 'pro', ...SEEN_NOW } }],
          }),
        },
      ],
      stored: { events: [storedOld()], profiles: { charlie: { plan: 'pro', ...SEEN_NOW } } },
    },
  ],
}
