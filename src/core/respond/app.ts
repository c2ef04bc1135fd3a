import type { Annotation } from '../annotation.ts'
import { hashOf } from '../flags/bucket.ts'
import type { JsonObject } from '../json.ts'
import { dataGroups, type Project } from '../project.ts'
import { workspaceOf } from './account.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** An answer of the App API. */
function results(value: unknown, status = 200): ReplyPlan {
  return jsonReply(status, { status: 'ok', results: value })
}

/** An error of the App API. */
export function refuseApp(status: number, error: string): ReplyPlan {
  return jsonReply(status, { status: 'error', error })
}

/** The workspaces of a project (QRY-25). */
export function listWorkspaces({ publicId }: Project): ReplyPlan {
  return results([workspaceOf(publicId)])
}

/** The group keys of a project (QRY-25). */
export function listDataGroups(project: Project): ReplyPlan {
  // Ids have 64 bits, and JSON has no larger numbers than a double holds: they are text, as queries take them.
  const groups = dataGroups(project).map(({ id, key }) => {
    return { data_group_id: id, property_name: key, display_name: key, project_id: project.publicId }
  })
  return results(groups)
}

/** A definition of the Lexicon, which is answered and not kept (QRY-26). The same name has the same id. */
export function replyToDefinition(definition: JsonObject, kind: string): ReplyPlan {
  return results({ ...definition, id: definitionId(kind, String(definition['name'])) })
}

/** A number for what has only a name here. */
export function definitionId(kind: string, name: string): number {
  return Number.parseInt(hashOf(`${kind}:${name}`).slice(0, 12), 16)
}

function showAnnotation(annotation: Annotation, projectId: number) {
  const { id, date, description } = annotation
  return { id, project_id: projectId, date, description, tags: [] }
}

/** All annotations (QRY-24). */
export function listAnnotations(annotations: readonly Annotation[], projectId: number): ReplyPlan {
  return results(annotations.map((annotation) => showAnnotation(annotation, projectId)))
}

/** One annotation; 404 if there is none (QRY-24). */
export function replyToAnnotation(found: Annotation | undefined, projectId: number, status = 200): ReplyPlan {
  return found === undefined ? NO_ANNOTATION : results(showAnnotation(found, projectId), status)
}

/** An annotation was deleted, unless there was none (QRY-24). */
export function annotationDeleted(id: number, isDeleted: boolean): ReplyPlan {
  return isDeleted ? results({ id }) : NO_ANNOTATION
}

const NO_ANNOTATION = refuseApp(404, 'no annotation has this id')

/** The tags of annotations: there are none, since tags are not kept (QRY-24). */
export const NO_TAGS = jsonReply(200, [])
