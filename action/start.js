import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  ActionError,
  escapeCommand,
  exportVariable,
  isReady,
  readServer,
  serverFolder,
  setOutput,
  stateFile,
} from './runner.js'
import { endProcess } from './stop.js'

/** Variables of the server that a job may have set for its application. */
const OF_THE_JOB = ['HOST', 'PORT', 'DATABASE_URL', 'LOG_LEVEL', 'TLS', 'TLS_CERT', 'TLS_KEY']

/** Starts the server of the job, unless it is running, and tells later steps where it is. */
export async function start(inputs) {
  const running = readServer()
  const isRunning = running !== undefined && (await isReady(running.url))
  const url = isRunning ? running.url : await startServer(inputs)
  setOutput('url', url)
  exportVariable('TWINPANEL_URL', url)
  if (inputs.adminToken !== '') {
    process.stdout.write(`::add-mask::${escapeCommand(inputs.adminToken)}\n`)
    exportVariable('TWINPANEL_ADMIN_TOKEN', inputs.adminToken)
  }
  process.stdout.write(`Twinpanel ${isRunning ? 'is already' : 'is'} listening on ${url}\n`)
}

async function startServer(inputs) {
  const program = install(inputs.package || packageOfAction())
  const log = join(serverFolder(), 'server.log')
  const server = launch(program, log, inputs)
  const deadline = Date.now() + inputs.timeoutSeconds * 1_000
  for (;;) {
    const [, url] = /listening on (\S+)/.exec(readFileSync(log, 'utf8')) ?? []
    if (url !== undefined && (await isReady(url))) {
      writeFileSync(stateFile(), JSON.stringify({ pid: server.pid, url }))
      server.unref()
      return url
    }
    const isLate = Date.now() > deadline
    if (isLate || server.exitCode !== null) {
      await endProcess(server.pid)
      const reason = isLate ? `was not ready within ${inputs.timeoutSeconds} s` : 'has ended'
      throw new ActionError(describeFailure(reason, readFileSync(log, 'utf8')))
    }
    await delay(100)
  }
}

function describeFailure(reason, log) {
  const printed = log.trim()
  return `The server ${reason}. ${printed === '' ? 'It printed nothing.' : `It printed:\n${printed}`}`
}

/** The package of the version that this action is of. */
function packageOfAction() {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return `${name}@${version}`
}

/** Installs the package apart from those of the job. Out: the path of its command. */
function install(given) {
  const folder = serverFolder()
  const wanted = existsSync(given) ? resolve(given) : given
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const args = ['install', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', wanted]
  // On Windows, npm is a script, which only a shell runs.
  const isWindows = process.platform === 'win32'
  const done = spawnSync('npm', isWindows ? args.map((arg) => `"${arg}"`) : args, {
    cwd: folder,
    encoding: 'utf8',
    shell: isWindows,
  })
  if (done.status === 0) return join(folder, 'node_modules/twinpanel/dist/bin.js')
  const why = done.error?.message ?? `${done.stdout}${done.stderr}`.trim()
  throw new ActionError(`npm could not install ${given}:\n${why}`)
}

/** Starts the server, so that it outlives this step: the job ends it, or `stop`. */
function launch(program, logPath, { port, adminToken, databaseUrl }) {
  const own = Object.entries(process.env).filter(([name]) => !OF_THE_JOB.includes(name))
  const env = {
    ...Object.fromEntries(own),
    ...(adminToken === '' ? {} : { TWINPANEL_ADMIN_TOKEN: adminToken }),
    ...(databaseUrl === '' ? {} : { DATABASE_URL: databaseUrl }),
  }
  const args = ['serve', '--port', String(port), ...(databaseUrl === '' ? ['--ephemeral'] : [])]
  const log = openSync(logPath, 'w')
  // Where no .env of the application lies.
  const cwd = serverFolder()
  const server = spawn(process.execPath, [program, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', log, log],
    windowsHide: true,
  })
  closeSync(log)
  return server
}
