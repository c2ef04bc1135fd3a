import type { Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { ok, type Result } from '../core/result.ts'
import { listAnnotations } from '../store/annotations.ts'
import type { Db } from '../store/db.ts'
import { type Days, parseDays } from './days.ts'

/** Reads the parameters of the older list of annotations (QRY-24): days, if there are any. */
export function parseAnnotationsQuery(params: Params): Result<Partial<Days>, string> {
  const isDated = ['from_date', 'to_date'].some((name) => (params.get(name) ?? '') !== '')
  return isDated ? parseDays(params) : ok({})
}

/** Answers with the annotations in the older form. */
export async function* annotationPieces(
  { fromDate, toDate }: Partial<Days>,
  { publicId }: Project,
  _nowMs: number,
  db: Db,
) {
  const found = await listAnnotations(db, publicId, { fromDate, toDate })
  const annotations = found.map((annotation) => ({ ...annotation, project_id: publicId }))
  yield JSON.stringify({ annotations, error: false })
}
