import type { Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { listBuckets } from '../store/buckets.ts'
import { sumEvents } from '../store/count-events.ts'
import type { Db } from '../store/db.ts'
import { type CountsQuery, countFilter, parseSegmentationQuery } from './counts.ts'

export interface SumQuery extends CountsQuery {
  readonly on: Expression
}

/** Reads the parameters of `segmentation/sum` and `segmentation/average` (QRY-17). Errors are the sentence to answer with. */
export function parseSumQuery(params: Params, _project: Project, nowMs: number): Result<SumQuery, string> {
  const query = parseSegmentationQuery(params, nowMs)
  if (!query.ok) return query
  const { on } = query.value
  return on === undefined ? err('on is required') : ok({ ...query.value, on })
}

/** Answers with the sum of an expression per bucket, in one piece; values that are not numbers count as 0. */
export async function* sumPieces(query: SumQuery, project: Project, nowMs: number, db: Db) {
  const results = await readResults(query, project, nowMs, db, ({ sum }) => sum)
  yield JSON.stringify({ status: 'ok', computed_at: new Date(nowMs).toISOString(), results })
}

/** Answers with the average of an expression per bucket, in one piece; values that are not numbers count as 0. */
export async function* averagePieces(query: SumQuery, project: Project, nowMs: number, db: Db) {
  const results = await readResults(query, project, nowMs, db, ({ sum, count }) => sum / count)
  yield JSON.stringify({ results, status: 'ok' })
}

async function readResults(
  query: SumQuery,
  project: Project,
  nowMs: number,
  db: Db,
  measure: (bucket: { readonly sum: number; readonly count: number }) => number,
): Promise<Readonly<Record<string, number>>> {
  const series = await listBuckets(db, query, query.unit)
  const sums = await sumEvents(db, await countFilter(query, project, nowMs, db), query)
  const values = new Map(sums.map((total) => [total.bucket, measure(total)]))
  return Object.fromEntries(series.map((bucket) => [bucket, values.get(bucket) ?? 0]))
}
