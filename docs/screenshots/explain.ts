import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawTerminal, type Theme } from './draw-terminal.ts'

const RECORDS = new URL('signup.jsonl', import.meta.url)
const COMMAND = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A terminal with three records, and what the command says of them. */
export function drawExplain(theme: Theme): string {
  const records = readFileSync(RECORDS, 'utf8')
  const run = spawnSync(process.execPath, [COMMAND, 'explain', fileURLToPath(RECORDS)], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NODE_NO_WARNINGS: '1' },
  })
  if (run.status !== 1) throw new Error(`explain ended with ${run.status}: ${run.stderr}`)
  const prompt = (command: string) => `\u001b[32m$\u001b[39m \u001b[1m${command}\u001b[22m\n`
  const shown = `${prompt('cat signup.jsonl')}${records}\n${prompt('npx twinpanel explain signup.jsonl')}\n${run.stdout}`
  return drawTerminal(shown, 'twinpanel explain: the same three records in each identity system', theme)
}
