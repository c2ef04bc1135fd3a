import type { Style } from '../style.ts'
import { cleared, wrap } from '../tabulate.ts'
import { count } from '../words.ts'
import type { Check } from './check.ts'
import type { Setting } from './read-settings.ts'
import type { Scan } from './scan-folder.ts'

const NAME = 11
const INDENT = ' '.repeat(NAME + 4)

/** What was found, and what to do. In: columns. */
export function printReport(checks: readonly Check[], scan: Scan, width: number, style: Style): string {
  const lines = [...checks.flatMap((check) => describeCheck(check, width, style)), '']
  const { settings, files, isWhole } = scan
  const where = isWhole ? `${count(files, 'file')} looked at` : `the first ${count(files, 'file')} looked at`
  if (settings.length === 0) lines.push(`No settings of an SDK in this folder (${where}).`)
  else lines.push(`${style.strong('Settings of SDKs in this folder')} (${where}):`)
  return `${[...lines, ...settings.flatMap((setting) => describeSetting(setting, width, style))].join('\n')}\n`
}

function describeCheck(
  { name, status, found, advice }: Check,
  width: number,
  style: Style,
): readonly string[] {
  const mark = { good: style.good('✓'), note: style.warn('!'), problem: style.bad('✗') }[status]
  const [first = '', ...rest] = [found, ...(advice === undefined ? [] : [advice])].flatMap((text) =>
    wrap(text, width - INDENT.length),
  )
  return [`${mark} ${style.strong(name.padEnd(NAME))}  ${first}`, ...rest.map((line) => `${INDENT}${line}`)]
}

function describeSetting(setting: Setting, width: number, style: Style): readonly string[] {
  const { file, line, text, what, isPointed, fix, pitfalls } = setting
  const place = style.strong(`${cleared(file)}:${line}`)
  const head = [
    '',
    `${isPointed ? style.good('✓') : style.warn('!')} ${place}  ${what}`,
    `  ${style.dim(cleared(text))}`,
  ]
  if (isPointed) return [...head, '  It names a server already.']
  // The line to write is not broken: it is there to be copied.
  return [
    ...head,
    `  → ${fix}`,
    ...pitfalls.flatMap((each) => wrap(each, width - 2)).map((each) => `  ${each}`),
  ]
}
