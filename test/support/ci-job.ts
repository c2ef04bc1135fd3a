import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runIn } from '../package/support/installed-package.ts'
import { asList, asMap, parseYaml, type YamlMap } from './yaml.ts'

// A job of a CI system, as far as a shell can stand in for it: its steps in order, in one working directory, with the
// files in which GitHub passes variables and outputs from step to step.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ACTION = parseYaml(readFileSync(join(ROOT, 'action.yml'), 'utf8'))

/** How a step ended. `output` is what it printed, to both streams. */
export interface StepEnd {
  readonly code: number
  readonly output: string
}

/** How the action ended, with its outputs. */
export interface ActionEnd extends StepEnd {
  readonly outputs: Readonly<Record<string, string>>
}

const FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'] as const

/** A job in `directory`, whose steps run in `directory/work`. */
export class CiJob {
  readonly work: string
  readonly #directory: string
  readonly #variables: Record<string, string>

  /** `variables` are those of the job. */
  constructor(directory: string, variables: Readonly<Record<string, string>> = {}) {
    this.#directory = directory
    this.work = join(directory, 'work')
    this.#variables = { ...variables }
    for (const name of ['work', 'temp']) mkdirSync(join(directory, name), { recursive: true })
    for (const name of FILES) writeFileSync(this.#file(name), '')
  }

  /** The variables of the job, with those that its steps have set. */
  get variables(): Readonly<Record<string, string>> {
    return { ...this.#variables, ...this.#read('GITHUB_ENV') }
  }

  /** What the steps have added to the summary. */
  get summary(): string {
    return readFileSync(this.#file('GITHUB_STEP_SUMMARY'), 'utf8')
  }

  /** Runs the text of a `run` or `script` in bash, with the options that GitHub uses. */
  async run(script: string, variables: Readonly<Record<string, string>> = {}): Promise<StepEnd> {
    const file = join(this.#directory, 'step.sh')
    writeFileSync(file, script)
    const temporary = join(this.#directory, 'temp')
    const files = Object.fromEntries(FILES.map((name) => [name, this.#file(name)]))
    const own = { CI: 'true', npm_config_audit: 'false', TMPDIR: temporary, RUNNER_TEMP: temporary, ...files }
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', file]
    const ended = await runIn(this.work, 'bash', args, { ...own, ...this.variables, ...variables })
    return { code: ended.code, output: ended.stdout + ended.stderr }
  }

  /** Runs the steps of action.yml. */
  async runAction(given: YamlMap = {}): Promise<ActionEnd> {
    const inputs = Object.entries(asMap(ACTION['inputs'])).map(([name, input]) => {
      return [`inputs.${name}`, String(given[name] ?? asMap(input)['default'])] as const
    })
    const known = new Map<string, string>(inputs)
    let end: StepEnd = { code: 0, output: '' }
    for (const step of asList(asMap(ACTION['runs'])['steps']).map(asMap)) {
      if (step['shell'] !== 'bash') throw new Error('a step of a composite action needs its shell')
      writeFileSync(this.#file('GITHUB_OUTPUT'), '')
      const env = Object.entries(asMap(step['env'])).map(([name, text]) => [name, substitute(text, known)])
      end = await this.run(String(step['run']), { ...Object.fromEntries(env), GITHUB_ACTION_PATH: ROOT })
      for (const [name, value] of Object.entries(this.#read('GITHUB_OUTPUT'))) {
        known.set(`steps.${step['id']}.outputs.${name}`, value)
      }
      if (end.code !== 0) break
    }
    const outputs = Object.entries(asMap(ACTION['outputs'])).map(([name, output]) => {
      return [name, substitute(asMap(output)['value'], known)]
    })
    return { ...end, outputs: Object.fromEntries(outputs) }
  }

  #file(name: (typeof FILES)[number]): string {
    return join(this.#directory, name)
  }

  #read(name: (typeof FILES)[number]): Readonly<Record<string, string>> {
    const lines = readFileSync(this.#file(name), 'utf8').split('\n')
    return Object.fromEntries(lines.filter((line) => line !== '').map((line) => line.split(/=(.*)/s, 2)))
  }
}

/** Replaces the expressions of a text. An output that is not set is empty. */
function substitute(text: unknown, known: ReadonlyMap<string, string>): string {
  return String(text).replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => {
    const value = known.get(name)
    if (value === undefined && !name.startsWith('steps.')) throw new Error(`${name} is not known`)
    return value ?? ''
  })
}
