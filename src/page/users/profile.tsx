import type { Json, JsonObject } from '../api/types.ts'
import { LongText } from '../ui/long-text.tsx'
import { shortJson } from '../ui/short-json.ts'
import { FlowTable } from './flow-table.tsx'

/** The profile of a user: each property, its value and its type. */
export function Profile({ profile }: { readonly profile: JsonObject | null }) {
  const properties = Object.entries(profile ?? {}).toSorted(byName)
  return (
    <section class="card" aria-labelledby="profile-title">
      <h2 id="profile-title">Profile</h2>
      {profile === null ? (
        <p class="hint">No profile: no record for it has been sent to /engage.</p>
      ) : (
        <FlowTable
          caption="Properties of the profile"
          isCaptionUnseen
          heads={['Property', 'Value', 'Type']}
          rows={properties.map(([name, value]) => ({
            key: name,
            cells: [
              <code key="name">{name}</code>,
              <LongText key="value" text={shortJson(value)} />,
              <span key="type" class="hint whole">
                {typeName(value)}
              </span>,
            ],
          }))}
        />
      )}
    </section>
  )
}

/** The sender's own properties before those with a `$`, by name. */
function byName([one]: readonly [string, Json], [other]: readonly [string, Json]): number {
  return Number(one.startsWith('$')) - Number(other.startsWith('$')) || one.localeCompare(other)
}

const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?)?$/

/** The type of a property as Mixpanel names it: a date is text in the form of ISO 8601. */
function typeName(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'string' && DATE.test(value) ? 'date' : typeof value
}
