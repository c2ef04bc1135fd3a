import type { Json, JsonObject } from '../api/types.ts'
import { linkTo, route } from '../state/route.ts'
import { shortJson } from '../ui/json.tsx'
import type { Change, ComparedProperty } from './compare.ts'
import { filterFor } from './filter.ts'

const SIGNS: Readonly<Record<Change, string>> = { same: '', changed: '≠', added: '+', removed: '−' }
const WORDS: Readonly<Record<Change, string>> = {
  same: '',
  changed: 'changed',
  added: 'added by the server',
  removed: 'not kept',
}

/** Properties as sent beside as stored. */
export function BothSides({ compared }: { readonly compared: readonly ComparedProperty[] }) {
  return (
    <table class="properties both">
      <caption>As sent, and as stored</caption>
      <thead>
        <tr>
          <th scope="col">Property</th>
          <th scope="col">Sent</th>
          <th scope="col">Stored</th>
        </tr>
      </thead>
      <tbody>
        {compared.map((own) => (
          <ComparedRow key={own.name} property={own} />
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
            <span aria-hidden="true">{SIGNS[change]}</span>
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

/** Properties of which one side only is known. */
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
        {Object.entries(properties).map(([name, value]) => (
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

/** A property's name, which leads to the records that have the same value. */
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
  return <td class={typeof value === 'string' ? 'text' : 'value'}>{shortJson(value)}</td>
}
