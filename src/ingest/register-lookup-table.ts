import { nowOf } from '../core/clock.ts'
import type { Params } from '../core/decode/params.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { refuseApp } from '../core/respond/app.ts'
import { listDefinedTables, replyToDefinedTable, replyToUploadUrl } from '../core/respond/lookup.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Db } from '../store/db.ts'
import { insertUpload, listLookupTables, nameLookupTable } from '../store/lookup-tables.ts'

/*
 * Lookup tables made by API (LKP-03): a table without a name is created, its rows are uploaded to an address that needs
 * no credentials, and then it is given its name.
 */

const MAX_NAME_LENGTH = 255

export async function answerTables(project: Project, db: Db): Promise<ReplyPlan> {
  return listDefinedTables(await listLookupTables(db, project.id))
}

/** Answers with the address to upload to. In: a new id, the server's address, and its time. */
export async function answerUploadUrl(
  project: Project,
  id: string,
  server: string,
  nowMs: number,
  db: Db,
): Promise<ReplyPlan> {
  const made = await insertUpload(db, project.id, id, nowOf(project, nowMs))
  if (made !== 'made') return refuseApp(400, 'the project was reset or deleted meanwhile')
  return replyToUploadUrl(id, `${server}/lookup-tables/${id}?project_id=${project.publicId}`)
}

/** Gives an uploaded table its name. In: the form. */
export async function answerRegistration(project: Project, form: Params, db: Db): Promise<ReplyPlan> {
  const [name, id] = [form.get('name') ?? '', form.get('path') ?? '']
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    return refuseApp(400, `name must be text of 1 to ${MAX_NAME_LENGTH} characters`)
  }
  if ((form.get('data-group-id') ?? '') !== '') {
    return refuseApp(
      400,
      'data-group-id is not supported by this server: PUT /lookup-tables/{id} replaces a table',
    )
  }
  const isNamed = await nameLookupTable(db, project.id, toStorable(id), toStorable(name))
  if (!isNamed)
    return refuseApp(400, 'path must be that of upload-url, and a table must have been uploaded to it')
  return replyToDefinedTable({ id, name: toStorable(name) })
}
