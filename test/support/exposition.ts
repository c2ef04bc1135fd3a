/** One sample of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An exposition in Prometheus's text format. */
export interface Exposition {
  /** The type of each family. */
  readonly types: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/
/** Prometheus ignores case in numbers; prom-client writes Nan. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (Na[nN]|[+-]?Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/
const SUFFIX = /_(bucket|sum|count)$/

/**
 * Parses an exposition strictly: help and type occur once and before the samples of a family, which are adjacent; no
 * series occurs twice; buckets are cumulative. Throws with the invalid line.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const series = new Set<string>()
  const samples: Sample[] = []
  let family = ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, keyword, name = '', rest = ''] = COMMENT.exec(line) ?? []
    if (keyword === 'HELP') {
      if (helped.has(name) || rest === '') throw new Error(`help twice, or none: ${line}`)
      helped.add(name)
    } else if (keyword === 'TYPE') {
      if (types.has(name) || !helped.has(name)) throw new Error(`type twice, or before its help: ${line}`)
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(rest)) throw new Error(`no type: ${line}`)
      types.set(name, rest)
      family = name
    } else {
      const sample = parseSample(line)
      const base = types.get(family) === 'histogram' ? sample.name.replace(SUFFIX, '') : sample.name
      if (base !== family) throw new Error(`not of the family ${family}: ${line}`)
      const key = line.slice(0, line.lastIndexOf(' '))
      if (series.has(key)) throw new Error(`twice: ${line}`)
      series.add(key)
      samples.push(sample)
    }
  }
  checkBuckets(types, samples)
  return { types, samples }
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${line}`)
  return { name, labels: parseLabels(labels, line), value: Number(value.replace('Inf', 'Infinity')) }
}

function parseLabels(text: string, line: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole = '', name = '', value = ''] = LABEL.exec(rest) ?? []
    if (whole === '' || name in labels) throw new Error(`labels: ${line}`)
    labels[name] = value.replace(/\\(.)/g, (_all, char: string) => (char === 'n' ? '\n' : char))
    rest = rest.slice(whole.length)
  }
  return labels
}

function checkBuckets(types: ReadonlyMap<string, string>, samples: readonly Sample[]): void {
  for (const [family] of [...types].filter(([, type]) => type === 'histogram')) {
    const seen = new Map<string, number>()
    for (const { name, labels, value } of samples) {
      const { le, ...others } = labels
      const key = JSON.stringify(others)
      if (name === `${family}_bucket`) {
        if (value < (seen.get(key) ?? 0)) throw new Error(`${family}: a bucket holds less than the one below`)
        seen.set(key, value)
        seen.set(`${key} ${le}`, value)
      }
      if (name === `${family}_count` && seen.get(`${key} +Inf`) !== value) {
        throw new Error(`${family}: the buckets do not add up to the count`)
      }
    }
  }
}
