import { basic, json, type Transcript, type Who } from '../support/transcript.ts'

/** A lookup table as mixpanel-import sends it: a file, whole. */
const TABLE = 'b6b2a6a0-0000-4000-8000-000000000001'
const replaceTable = (who: Who, csv: string) => ({
  line: `PUT /lookup-tables/${TABLE}?ip=0&verbose=1&strict=1&project_id=${who.projectId}`,
  headers: [
    basic(who.account.username, who.account.secret),
    'Content-Type: text/csv',
    'Accept: application/json',
  ],
  body: csv,
})

export const LOOKUP_TABLES: Transcript = {
  sdk: 'mixpanel-import 3.6.1, tables',
  exchanges: [
    {
      title: 'a table is replaced, and listed (LKP-01, LKP-02)',
      table: TABLE,
      requests: (who) => [
        replaceTable(who, 'account_id,plan\n1,pro\n2,free\n'),
        {
          line: `GET /lookup-tables?project_id=${who.projectId}`,
          headers: [basic(who.account.username, who.account.secret)],
        },
      ],
      answers: [
        json(200, { code: 200, status: 'OK' }),
        json(200, { code: 200, status: 'OK', results: [{ id: TABLE, name: 'Accounts' }] }),
      ],
    },
    {
      title: 'what is wrong with a table, and a table that is not there (LKP-03, LKP-05)',
      table: TABLE,
      requests: (who) => {
        const bad = replaceTable(who, 'account_id,plan\n1,pro\n1,free\n')
        return [bad, { ...bad, line: bad.line.replace(TABLE, 'nowhere') }]
      },
      answers: [
        json(400, {
          code: 400,
          error: 'some data points in the request failed validation',
          failed_records: [
            { index: 2, message: 'invalid row: row indexes 1 and 2 have the same primary key' },
          ],
          status: 'Bad Request',
        }),
        json(404, {
          code: 404,
          error: "Lookup table with id 'nowhere' was not found.",
          status: 'Not Found',
        }),
      ],
    },
  ],
}
