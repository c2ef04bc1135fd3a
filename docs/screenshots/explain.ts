import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawTerminal, type Theme } from './draw-terminal.ts'

const RECORDS = new URL('signup.jsonl', import.meta.url)
const COMMAND = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

let shown: string | undefined

/** A terminal with three records, and what the command says of them. */
export function drawExplain(theme: Theme): string {
  shown ??= runExplain()
  return drawTerminal(shown, 'twinpanel explain: three records in each identity system', theme)
}

/** What a terminal shows, with its colours. */
function runExplain(): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [COMMAND, 'explain', fileURLToPath(RECORDS)],
    {
      encoding: 'utf8',
      env: { FORCE_COLOR: '1' },
    },
  )
  if (status !== 1) throw new Error(`explain ended with ${status}: ${stderr}`)
  const records = readFileSync(RECORDS, 'utf8')
  return `${prompt('cat signup.jsonl')}${records}\n${prompt('npx twinpanel explain signup.jsonl')}\n${stdout}`
}

const prompt = (command: string) => `\u001b[32m$\u001b[39m \u001b[1m${command}\u001b[22m\n`
