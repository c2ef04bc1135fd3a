/**
 * Members of a JSON object, as a client sent them: parts of a body. Each part is one or more members with the commas
 * between them.
 */
export interface SentMembers {
  /** In UTF-8. */
  readonly body: Buffer
  /** For each part its first byte, and the one after its last. */
  readonly parts: readonly number[]
}

/** Bytes of the members, including a comma before each part. */
export function lengthOfMembers({ parts }: SentMembers): number {
  let bytes = 0
  for (let at = 0; at < parts.length; at += 2) bytes += (parts[at + 1] ?? 0) - (parts[at] ?? 0) + 1
  return bytes
}

/** Adds members to the text of a JSON object. Of duplicate names, Postgres keeps the last. */
export function withMembers(json: string, { body, parts }: SentMembers): string {
  let members = json.slice(1, -1)
  for (let at = 0; at < parts.length; at += 2) {
    members += (members === '' ? '' : ',') + body.toString('utf8', parts[at], parts[at + 1])
  }
  return `{${members}}`
}
