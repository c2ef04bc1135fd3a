import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { blocksOf, commandsOf, type Example, isOutput } from '../support/examples.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { MAIN, PROGRAM_ENV, ServerProcesses } from '../support/server-process.ts'

/* What docs/command.md shows is done: its commands in order, with one server. */

const processes = new ServerProcesses()
afterAll(() => processes.clean())

const root = new URL('../../', import.meta.url)

/** What a command prints, on both streams. */
function run({ command }: Example, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const own = command.replaceAll(/\btwinpanel(?= [a-z]+ )/g, `"${process.execPath}" "${MAIN}"`)
  return new Promise((done) => {
    execFile('sh', ['-c', own], { cwd: folder, env: { ...PROGRAM_ENV, ...env } }, (_error, out, errors) =>
      done(out + errors),
    )
  })
}

it('the commands of docs/command.md print what it says', { timeout: 180_000 }, async () => {
  const page = await readFile(new URL('docs/command.md', root), 'utf8')
  const dataDir = processes.newDataDir()
  const folder = dirname(dataDir)
  const TWINPANEL_URL = await (await startOnDatabase(processes)).url()
  await writeFile(join(folder, 'events.jsonl'), blocksOf(page, 'jsonl')[0] ?? '')
  await mkdir(join(folder, 'app'))
  const call = `import mixpanel from 'mixpanel-browser'\nmixpanel.init('0123456789abcdef0123456789abcdef')\n`
  await writeFile(join(folder, 'app/analytics.ts'), call)
  await createClient({ url: TWINPANEL_URL }).projects.create({ token: 'my-copy' })
  const examples = blocksOf(page, 'sh').flatMap((block) => commandsOf(block, 'twinpanel'))
  expect(examples.length).toBeGreaterThanOrEqual(8)
  for (const example of examples) {
    const printed = await run(example, folder, { TWINPANEL_URL, PORT: '0' })
    const isAsSaid = isOutput(example.output ?? '', printed)
    expect({ ...example, printed: isAsSaid ? example.output : printed }).toEqual({
      ...example,
      printed: example.output,
    })
  }
})
