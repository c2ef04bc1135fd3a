import { parseAnnotation, parseAnnotationChange } from '../core/annotation.ts'
import type { Json } from '../core/json.ts'
import type { Project } from '../core/project.ts'
import { annotationDeleted, listAnnotations, refuseApp, replyToAnnotation } from '../core/respond/app.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import {
  type AnnotationDays,
  changeAnnotation,
  deleteAnnotation,
  findAnnotation,
  insertAnnotation,
  listAnnotations as readAnnotations,
} from '../store/annotations.ts'
import type { Db } from '../store/db.ts'

/* Annotations in the App API (QRY-24): each function makes the answer. */

export async function answerList({ publicId }: Project, days: AnnotationDays, db: Db): Promise<ReplyPlan> {
  return listAnnotations(await readAnnotations(db, publicId, days), publicId)
}

export async function answerCreation(
  { publicId }: Project,
  body: Json | undefined,
  db: Db,
): Promise<ReplyPlan> {
  const sent = parseAnnotation(body)
  if (!sent.ok) return refuseApp(400, sent.error)
  return replyToAnnotation(await insertAnnotation(db, publicId, sent.value), publicId, 201)
}

export async function answerOne({ publicId }: Project, id: number, db: Db): Promise<ReplyPlan> {
  return replyToAnnotation(await findAnnotation(db, publicId, id), publicId)
}

export async function answerChange(
  project: Project,
  id: number,
  body: Json | undefined,
  db: Db,
): Promise<ReplyPlan> {
  const sent = parseAnnotationChange(body)
  if (!sent.ok) return refuseApp(400, sent.error)
  const { publicId } = project
  if (sent.value === undefined) return await answerOne(project, id, db)
  return replyToAnnotation(await changeAnnotation(db, publicId, id, sent.value), publicId)
}

export async function answerDeletion({ publicId }: Project, id: number, db: Db): Promise<ReplyPlan> {
  return annotationDeleted(id, await deleteAnnotation(db, publicId, id))
}
