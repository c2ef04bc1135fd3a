import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startTwinpanel } from '../../src/package/start-twinpanel.ts'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { killWatcher, postgresPid, ServerProcesses, until } from '../support/server-process.ts'

const processes = new ServerProcesses()
afterEach(() => processes.clean())

/** The ephemeral directories below a directory for temporary files. */
const ephemeral = (directory: string) =>
  readdirSync(directory).filter((name) => name.startsWith('twinpanel-ephemeral-'))

const isGone = (pid: number | undefined) => pid !== undefined && !existsSync(`/proc/${pid}`)

/** Runs a program that starts a server, with the statement `last` at its end. */
function run(env: Readonly<Record<string, string>>, { options = {}, last = 'process.stdin.resume()' } = {}) {
  const program = `
    import { startTwinpanel } from './src/package/start-twinpanel.ts'
    const { url, project } = await startTwinpanel(${JSON.stringify(options)})
    await project({ name: 'Shop' })
    console.log('listening on ' + url)
    ${last}`
  return processes.run(process.execPath, ['--input-type=module', '-e', program], env)
}

describe('a process that ends without a stop', () => {
  it.each([
    ['process.exit', 'process.exit(3)', { code: 3, signal: null }],
    ['an exception', 'throw new Error("broken")', { code: 1, signal: null }],
    ['kill -9', 'process.kill(process.pid, "SIGKILL")', { code: null, signal: 'SIGKILL' }],
  ])('by %s: its Postgres and its ephemeral data go', async (_how, statement, end) => {
    const temporary = join(processes.newDataDir(), '..')
    const killed = run({ TMPDIR: temporary }, { last: `setTimeout(() => { ${statement} }, 500)` })
    await killed.url()
    const pid = await postgresPid(join(temporary, ephemeral(temporary)[0] ?? ''))
    expect(pid).toBeDefined()
    expect(await killed.ended).toEqual(end)
    await until('the end of Postgres', () => isGone(pid))
    await until('the removal', () => ephemeral(temporary).length === 0)
  })

  it('while it makes the cluster: nothing is left', async () => {
    const temporary = join(processes.newDataDir(), '..')
    const killed = run({ TMPDIR: temporary, XDG_CACHE_HOME: join(temporary, 'cache') })
    await until('the directory', () => ephemeral(temporary)[0])
    await until('initdb', () => {
      const [directory = ''] = ephemeral(temporary)
      return readdirSync(join(temporary, directory)).some((name) => name.startsWith('postgres.new-'))
    })
    killed.child.kill('SIGKILL')
    await until('the removal', () => ephemeral(temporary).length === 0)
  })

  it('on a data directory that is kept: Postgres shuts down, and the data stay', async () => {
    const dataDir = await initialisedDataDir(processes)
    const killed = run({}, { options: { dataDir } })
    await killed.url()
    const pid = await postgresPid(dataDir)
    killed.child.kill('SIGKILL')
    await until('the end of Postgres', () => isGone(pid))
    expect(await postgresPid(dataDir)).toBeUndefined()
    await using twinpanel = await startTwinpanel({ dataDir })
    const answer = await fetch(`${twinpanel.url}/_twin/projects`)
    expect(JSON.stringify(await answer.json())).toContain('"Shop"')
  })
})

describe('the data that a killed process and its watcher left', () => {
  it('is removed by the next start, with its Postgres; what may be of others stays', async () => {
    const temporary = join(processes.newDataDir(), '..')
    const killed = run({ TMPDIR: temporary })
    await killed.url()
    await killWatcher(killed)
    const [left = ''] = ephemeral(temporary)
    const pid = await postgresPid(join(temporary, left))
    killed.child.kill('SIGKILL')
    await killed.ended
    const owner = JSON.parse(await readFile(join(temporary, left, 'owner.json'), 'utf8')) as object
    const place = (name: string) => join(temporary, `twinpanel-ephemeral-${name}`)
    const kept = { nameless: undefined, elsewhere: { ...owner, place: 'another container' }, broken: 5 }
    for (const [name, content] of Object.entries(kept)) {
      await mkdir(place(name))
      if (content !== undefined) await writeFile(join(place(name), 'owner.json'), JSON.stringify(content))
    }
    await mkdir(join(temporary, 'target'))
    await writeFile(join(temporary, 'target/owner.json'), JSON.stringify(owner))
    await symlink(join(temporary, 'target'), place('link'))
    const living = run({ TMPDIR: temporary })
    await living.url()
    await until('the removal', () => !existsSync(join(temporary, left)))
    await until('the end of Postgres', () => !existsSync(`/proc/${pid}`))
    const names = ['broken', 'elsewhere', 'link', 'nameless'].map((name) => `twinpanel-ephemeral-${name}`)
    expect(ephemeral(temporary)).toHaveLength(names.length + 1)
    expect(ephemeral(temporary)).toEqual(expect.arrayContaining(names))
    await rm(place('link'))
  })
})
