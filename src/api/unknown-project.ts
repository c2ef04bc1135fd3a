import type { FastifyReply } from 'fastify'
import { sendProblem } from '../http/problem.ts'
import { findVerdictOfToken } from '../read/verdict-of-token.ts'
import type { Db } from '../store/db.ts'

/**
 * Answers 404 for the name of a project that does not exist, with what became of the last record that named it as its
 * token. In: the text to use if there is no such record.
 */
export async function sendUnknownProject(
  reply: FastifyReply,
  name: string,
  db: Db,
  otherwise = '',
): Promise<FastifyReply> {
  const verdict = await findVerdictOfToken(db, name)
  const detail =
    verdict === undefined
      ? `No project has this id or token${otherwise}.`
      : `No project has this id or token. The last record with it: ${verdict.message} ${verdict.advice}`
  return sendProblem(reply, 404, detail)
}
