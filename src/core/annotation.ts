import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { isStorable } from './normalise/text.ts'
import { err, ok, type Result } from './result.ts'

/** A note at a moment in reports (QRY-24). */
export interface Annotation {
  readonly id: number
  /** `yyyy-mm-dd hh:mm:ss`. */
  readonly date: string
  readonly description: string
}

export type NewAnnotation = Omit<Annotation, 'id'>

const MAX_DESCRIPTION_LENGTH = 512
const DATE = /^\d{4}-\d{2}-\d{2} ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/

/** Reads a new annotation. Errors are the sentence to answer with. */
export function parseAnnotation(body: Json | undefined): Result<NewAnnotation, string> {
  if (!isJsonObject(body)) return err('the body must be a JSON object with date and description')
  const { date } = body
  if (!isDate(date)) return err('date must have the form "YYYY-MM-DD HH:mm:ss"')
  const description = parseDescription(body)
  return description.ok ? ok({ date, description: description.value }) : description
}

/** Reads the new description of an annotation. Errors are the sentence to answer with. */
export function parseAnnotationChange(body: Json | undefined): Result<string | undefined, string> {
  if (!isJsonObject(body)) return err('the body must be a JSON object with the fields to change')
  return body['description'] === undefined ? ok(undefined) : parseDescription(body)
}

function isDate(date: Json | undefined): date is string {
  if (typeof date !== 'string' || !DATE.test(date)) return false
  const day = date.slice(0, 10)
  // Date accepts the 30th of February.
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}

function parseDescription({ description }: JsonObject): Result<string, string> {
  const isFine =
    typeof description === 'string' &&
    description !== '' &&
    description.length <= MAX_DESCRIPTION_LENGTH &&
    isStorable(description)
  return isFine
    ? ok(description)
    : err(`description must be text of 1 to ${MAX_DESCRIPTION_LENGTH} characters`)
}
