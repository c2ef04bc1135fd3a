import { cleared, wrap } from '../tabulate.ts'
import { count } from '../words.ts'
import { isLost } from './read-answer.ts'
import type { Reason, Tally } from './tally.ts'

/** What was sent, stored and refused, and why. In: columns. */
export function printSummary(tally: Tally, width: number): string {
  const { sent, stored, reasons } = tally
  const refused = sent - stored
  const head = `${count(sent, 'record')} sent, ${count(stored)} stored${refused > 0 ? `, ${count(refused)} not stored` : ''}`
  return `${[head, ...reasons.flatMap((reason) => describeReason(reason, width))].join('\n')}\n`
}

function describeReason(reason: Reason, width: number): readonly string[] {
  const { code, outcome, records, lines, message, advice } = reason
  const where = `line${lines.length === 1 ? '' : 's'} ${lines.map((line) => count(line)).join(', ')}`
  const mark = isLost(reason) ? '✗' : '!'
  const more = records > lines.length ? ' …' : ''
  return [
    '',
    `${mark} ${count(records, 'record')}${outcome === 'stored' ? '' : ` ${outcome.replaceAll('_', ' ')}`}: ${cleared(code)} (${where}${more})`,
    ...[message, advice]
      .filter((sentence) => sentence !== '')
      .flatMap((sentence) => wrap(sentence, width - 2))
      .map((line) => `  ${line}`),
  ]
}
