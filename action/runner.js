import { appendFileSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A reason to fail the step, as a sentence for its log. */
export class ActionError extends Error {}

/** The inputs of action.yml. Throws an ActionError for one that cannot be meant. */
export function readInputs(env) {
  const read = (name) => env[`INPUT_${name}`]?.trim() ?? ''
  const inputs = {
    command: read('COMMAND'),
    package: read('PACKAGE'),
    port: readWhole('port', read('PORT'), 0, 65_535),
    adminToken: read('ADMIN_TOKEN'),
    databaseUrl: read('DATABASE_URL'),
    timeoutSeconds: readWhole('timeout-seconds', read('TIMEOUT_SECONDS'), 1, 3_600),
  }
  if (/[\r\n]/.test(inputs.adminToken)) throw new ActionError('admin-token has more than one line.')
  return inputs
}

function readWhole(name, text, least, most) {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new ActionError(`${name} is "${text}": it must be a whole number from ${least} to ${most}.`)
}

/** Sets an output of the step. */
export function setOutput(name, value) {
  append('GITHUB_OUTPUT', `${name}=${value}\n`)
}

/** Sets a variable for the steps that follow. */
export function exportVariable(name, value) {
  append('GITHUB_ENV', `${name}=${value}\n`)
}

/** Adds Markdown to the summary of the job. */
export function addSummary(markdown) {
  append('GITHUB_STEP_SUMMARY', markdown)
}

function append(file, text) {
  const path = process.env[file]
  if (path) appendFileSync(path, text)
}

/** Text for a workflow command, which ends with its line. */
export function escapeCommand(text) {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

/** The folder of the job's server: its package, its log, and what the commands must know of it. */
export const serverFolder = () => join(process.env.RUNNER_TEMP || tmpdir(), 'twinpanel-action')

export const stateFile = () => join(serverFolder(), 'server.json')

/** The server that `start` has started in this job, `{ pid, url }`; undefined if there is none. */
export function readServer() {
  try {
    return JSON.parse(readFileSync(stateFile(), 'utf8'))
  } catch {
    return undefined
  }
}

/** Whether a server is ready to take records. */
export async function isReady(url) {
  try {
    return (await fetch(new URL('/_twin/ready', url), { signal: AbortSignal.timeout(5_000) })).ok
  } catch {
    return false
  }
}
