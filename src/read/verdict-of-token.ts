import { toStorable } from '../core/normalise/text.ts'
import { type RenderedVerdict, renderKept } from '../core/verdict/verdict.ts'
import type { Db } from '../store/db.ts'
import { readVerdicts, type VerdictRow } from '../store/verdicts.ts'

/** How many of the newest verdicts without a project are searched. */
const SEARCHED = 200

/** Reads under way, per database: those who ask meanwhile share them. */
const reading = new WeakMap<Db['shared'], Promise<readonly VerdictRow[]>>()

/** What became of the last record with a token that no project has; undefined if none came. */
export async function findVerdictOfToken(db: Db, name: string): Promise<RenderedVerdict | undefined> {
  const rows = reading.get(db.shared) ?? readNewest(db)
  reading.set(db.shared, rows)
  const token = toStorable(name)
  const row = (await rows).find((own) => isOfToken(own, token))
  return row && renderKept(row.code, row.values, row.outcome, row.severity)
}

async function readNewest(db: Db): Promise<readonly VerdictRow[]> {
  try {
    return await readVerdicts(db, { project: undefined, isNewestFirst: true }, SEARCHED)
  } finally {
    reading.delete(db.shared)
  }
}

/** Records have their token as `token` or `$token`. */
function isOfToken({ values, record }: VerdictRow, token: string): boolean {
  return values['token'] === token || record?.includes(`token":${JSON.stringify(token)}`) === true
}
