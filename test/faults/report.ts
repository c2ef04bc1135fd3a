import type { Durations } from './fault.ts'
import type { Round } from './run-fault.ts'

const HEAD = `| fault | load | acknowledged | lost | doubled | what clients were answered | back after |
| --- | --- | --- | --- | --- | --- | --- |`

/** The table of rounds, one row per fault, as docs/reliability.md has it. */
export function toTable(rounds: readonly Round[], durations: Durations): string {
  const rows = [...new Set(rounds.map(({ fault }) => fault))].map((fault) => {
    const own = rounds.filter((round) => round.fault === fault)
    const sum = (of: (round: Round) => number) => own.reduce((total, round) => total + of(round), 0)
    const cells = [
      `${titleOf(fault.title, durations)} (\`${fault.name}\`)`,
      `${Math.round(sum(({ load }) => load) / own.length)}/s`,
      thousands(sum(({ acknowledged }) => acknowledged)),
      thousands(sum(({ lost }) => lost.length)),
      thousands(sum(({ doubled }) => doubled.length)),
      answersOf(own),
      backAfter(own),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [HEAD, ...rows].join('\n')
}

function titleOf(title: string, durations: Durations): string {
  return title.replace(/\{(\w+)\}/, (_, name: keyof Durations) => `${durations[name] / 1_000} s`)
}

/** The failures of rounds, with what repeats them. */
export function failuresOf(rounds: readonly Round[]): readonly string[] {
  return rounds.flatMap(({ fault, seed, lost, doubled, wrong }) => {
    const found = [
      ...lost.map((one) => `lost: ${one}`),
      ...doubled.map((one) => `doubled: ${one}`),
      ...new Set(wrong),
    ]
    return found.length === 0 ? [] : [`${fault.name}, seed ${seed}:\n  ${found.slice(0, 20).join('\n  ')}`]
  })
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  'socket hang up': 'reset',
}

function answersOf(rounds: readonly Round[]): string {
  const counts = new Map<string, number>()
  for (const { answers } of rounds) {
    for (const [answer, count] of answers) {
      const word = WORDS[answer] ?? answer
      counts.set(word, (counts.get(word) ?? 0) + count)
    }
  }
  return [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([answer, count]) => `${answer}: ${thousands(count)}`)
    .join(', ')
}

function backAfter(rounds: readonly Round[]): string {
  const longest = Math.max(...rounds.map(({ backAfterMs = Number.POSITIVE_INFINITY }) => backAfterMs))
  return Number.isFinite(longest) ? `${(longest / 1_000).toFixed(1)} s` : 'never'
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}
