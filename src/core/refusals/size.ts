import type { JsonObject } from '../json.ts'
import { jsonBytes } from '../measure.ts'
import { type Explained, explained } from './sentences.ts'
import { bagIn } from './spellings.ts'
import { showName } from './words.ts'

/** The size of an object as JSON, and its largest member. */
interface Weighed {
  readonly bytes: number
  readonly name: string
  readonly part: number
}

/** What makes a record too large: its largest field, or the largest member of that. */
export function explainSize(record: JsonObject): Explained {
  const { bytes, name, part } = weigh(record)
  const inner = weigh(bagIn(record, name))
  return inner.part * 2 > part
    ? explained('size.too_large', { bytes, name: `${name}.${showName(inner.name)}`, part: inner.part })
    : explained('size.too_large', { bytes, name: showName(name), part })
}

function weigh(bag: JsonObject): Weighed {
  let weighed = { bytes: 1, name: '', part: 0 }
  for (const name in bag) {
    const part = jsonBytes(bag[name] ?? null)
    const bytes = weighed.bytes + jsonBytes(name) + part + 2
    weighed = part > weighed.part ? { bytes, name, part } : { ...weighed, bytes }
  }
  return weighed
}
