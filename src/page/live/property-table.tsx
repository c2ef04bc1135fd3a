import type { Json, JsonObject } from '../api/types.ts'
import { linkTo, route } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { LongText } from '../ui/long-text.tsx'
import { shortJson } from '../ui/short-json.ts'
import { TableHead } from '../ui/table.tsx'
import type { Change, ComparedProperty } from './compare.ts'
import { filterFor } from './filter.ts'
import { COMMON } from './live-line.tsx'

const ICONS = { changed: 'edit', added: 'plus', removed: 'minus' } as const
const WORDS: Readonly<Record<Change, string>> = {
  same: '',
  changed: 'changed',
  added: 'added by the server',
  removed: 'not kept',
}

/** Properties as sent and as stored, side by side. */
export function BothSides({ compared }: { readonly compared: readonly ComparedProperty[] }) {
  return (
    <table class="properties both">
      <caption>As sent, and as stored</caption>
      <TableHead heads={['Property', 'Sent', 'Stored']} />
      <tbody>
        {compared.map((property) => (
          <ComparedRow key={property.name} property={property} />
        ))}
      </tbody>
    </table>
  )
}

function ComparedRow({ property }: { readonly property: ComparedProperty }) {
  const { name, sent, stored, change } = property
  return (
    <tr class={`is-${change}`}>
      <th scope="row">
        {change !== 'same' && (
          <span class="sign" title={WORDS[change]}>
            <Icon name={ICONS[change]} />
            <span class="unseen">{WORDS[change]}: </span>
          </span>
        )}
        <Name name={name} value={stored ?? sent} />
      </th>
      <Value value={sent} />
      <Value value={stored} />
    </tr>
  )
}

/** Properties of which only one side is known. */
export function OneSide({
  properties,
  isStored,
}: {
  readonly properties: JsonObject
  readonly isStored: boolean
}) {
  return (
    <table class="properties">
      <caption>{isStored ? 'As stored' : 'As sent; nothing was stored'}</caption>
      <tbody>
        {sendersFirst(properties).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <Name name={name} value={value} />
            </th>
            <Value value={value} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The sender's own properties first; the others come with every event. */
function sendersFirst(properties: JsonObject): readonly (readonly [string, Json])[] {
  return Object.entries(properties).toSorted(([a], [b]) => Number(COMMON.test(a)) - Number(COMMON.test(b)))
}

/** A property's name, as a link to the records with the same value. */
function Name({ name, value }: { readonly name: string; readonly value: Json | undefined }) {
  const q = filterFor(name, value)
  const { item } = route.value
  if (q === undefined) return <span>{name}</span>
  return (
    <a class="plain" href={linkTo({ view: 'live', item, query: { q } })} title={`Show records with ${q}`}>
      {name}
    </a>
  )
}

function Value({ value }: { readonly value: Json | undefined }) {
  if (value === undefined) return <td class="absent">–</td>
  return (
    <td class={typeof value === 'string' ? 'text' : 'value'}>
      <LongText text={shortJson(value)} />
    </td>
  )
}
