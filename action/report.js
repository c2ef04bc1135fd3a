import { ActionError, addSummary, readServer, setOutput } from './runner.js'

/** GitHub refuses a summary of more than 1 MiB. */
const MAX_ROWS = 100

/** Adds the problems of all projects to the summary of the job: errors and warnings, with what to do about them. */
export async function report({ adminToken }) {
  const url = readServer()?.url ?? process.env.TWINPANEL_URL
  if (url === undefined) throw new ActionError('No Twinpanel is running: start one with this action first.')
  const ask = asker(url, adminToken || process.env.TWINPANEL_ADMIN_TOKEN)
  const found = []
  for await (const { token } of projectsOf(ask)) {
    const { codes } = await ask(
      `projects/${encodeURIComponent(token)}/verdicts/counts?severity=error,warning`,
    )
    found.push(...codes.map(({ count, newest }) => ({ ...newest, count, project: cell(token) })))
  }
  found.push(...(await problemsWithoutProject(ask)))
  found.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
  const problems = found.reduce((sum, { count }) => sum + count, 0)
  setOutput('problems', problems)
  addSummary(describe(found, problems))
  process.stdout.write(`${title(problems)}\n`)
}

function asker(url, adminToken) {
  const headers = adminToken ? { authorization: `Bearer ${adminToken}` } : {}
  return async (path) => {
    const answer = await fetch(new URL(`/_twin/${path}`, url), { headers }).catch(() => undefined)
    if (answer === undefined) throw new ActionError(`No Twinpanel answers at ${url}.`)
    const body = await answer.json()
    if (!answer.ok) throw new ActionError(`${url} answers ${answer.status}: ${body.detail}`)
    return body
  }
}

async function* projectsOf(ask) {
  let after
  do {
    const { projects, next } = await ask(
      `projects?limit=1000${after ? `&after=${encodeURIComponent(after)}` : ''}`,
    )
    yield* projects
    after = next
  } while (after)
}

/** Records whose token no project has, and requests that could not be decoded: the newest, by code. */
async function problemsWithoutProject(ask) {
  const { verdicts } = await ask('verdicts/unrouted?severity=error,warning&order=newest&limit=1000')
  const byCode = new Map()
  for (const verdict of verdicts) {
    const found = byCode.get(verdict.code)
    if (found === undefined) byCode.set(verdict.code, { ...verdict, count: 1, project: '(none)' })
    else found.count++
  }
  return [...byCode.values()]
}

function title(problems) {
  if (problems === 0) return 'No problems.'
  return problems === 1 ? '1 problem.' : `${problems} problems.`
}

function describe(found, problems) {
  const rows = found.slice(0, MAX_ROWS).map((problem) => {
    const { severity, code, count, project, message, advice } = problem
    return `| ${[severity, code, count, project, cell(`${message} ${advice}`)].join(' | ')} |\n`
  })
  const head = '\n| | verdict | count | project | the newest one |\n| --- | --- | ---: | --- | --- |\n'
  const more = found.length > MAX_ROWS ? `\n… and ${found.length - MAX_ROWS} more\n` : ''
  const table = found.length > 0 ? `${head}${rows.join('')}${more}` : ''
  return `### Twinpanel\n\n${title(problems)}\n${table}`
}

/** Text of a record cannot end its cell or become markup. */
function cell(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*|[\]]/g, (mark) => `&#${mark.codePointAt(0)};`)
    .replaceAll(/\s+/g, ' ')
}
