import type { Annotation, NewAnnotation } from '../core/annotation.ts'
import type { Db } from './db.ts'

/** Days, both inclusive, as yyyy-mm-dd; unbounded where it is undefined. */
export interface AnnotationDays {
  readonly fromDate: string | undefined
  readonly toDate: string | undefined
}

const COLUMNS = ['id', 'date', 'description'] as const

interface Row {
  readonly id: string
  readonly date: string
  readonly description: string
}

const toAnnotation = ({ id, ...row }: Row): Annotation => ({ id: Number(id), ...row })

/** The annotations of a project by date. In: its public id, because a reset keeps them. */
export async function listAnnotations(
  db: Db,
  projectId: number,
  { fromDate, toDate }: AnnotationDays,
): Promise<readonly Annotation[]> {
  let query = db.kysely.selectFrom('annotation').select(COLUMNS).where('project_id', '=', projectId)
  if (fromDate !== undefined) query = query.where('date', '>=', fromDate)
  if (toDate !== undefined) query = query.where('date', '<=', `${toDate} 24`)
  return (await query.orderBy('date').orderBy('id').execute()).map(toAnnotation)
}

export async function findAnnotation(db: Db, projectId: number, id: number): Promise<Annotation | undefined> {
  const row = await db.kysely
    .selectFrom('annotation')
    .select(COLUMNS)
    .where('project_id', '=', projectId)
    .where('id', '=', String(id))
    .executeTakeFirst()
  return row === undefined ? undefined : toAnnotation(row)
}

/** Undefined if the project is unknown. */
export async function insertAnnotation(
  db: Db,
  projectId: number,
  { date, description }: NewAnnotation,
): Promise<Annotation | undefined> {
  const { rows } = await db.pool.query<Row>(INSERT_ANNOTATION, [projectId, date, description])
  return rows.map(toAnnotation)[0]
}

const INSERT_ANNOTATION = `
  insert into annotation (project_id, date, description)
  select public_id, $2, $3 from project where public_id = $1 for share
  returning id, date, description`

/** Changes the description. Undefined if there is no such annotation. */
export async function changeAnnotation(
  db: Db,
  projectId: number,
  id: number,
  description: string,
): Promise<Annotation | undefined> {
  const row = await db.kysely
    .updateTable('annotation')
    .set({ description })
    .where('project_id', '=', projectId)
    .where('id', '=', String(id))
    .returning(COLUMNS)
    .executeTakeFirst()
  return row === undefined ? undefined : toAnnotation(row)
}

/** False if there was no such annotation. */
export async function deleteAnnotation(db: Db, projectId: number, id: number): Promise<boolean> {
  const deleted = await db.kysely
    .deleteFrom('annotation')
    .where('project_id', '=', projectId)
    .where('id', '=', String(id))
    .executeTakeFirst()
  return deleted.numDeletedRows > 0n
}
