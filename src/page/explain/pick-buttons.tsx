import type { LiveRow } from '../live/row.ts'
import { useKeys } from '../ui/keys.ts'
import { explainRows, openExplained, picked, togglePicked } from './hand-over.ts'

interface PickProps {
  readonly row: LiveRow
  /** The project's, for a record that has none. */
  readonly token: string
}

/** Explains a record alone, or picks it to be explained with others. */
export function PickButtons({ row, token }: PickProps) {
  const isPicked = picked.value.some((pickedRow) => pickedRow.key === row.key)
  const count = picked.value.length
  const toggle = () => togglePicked(row, token)
  useKeys({ e: toggle })
  return (
    <>
      <button type="button" class="quiet small" onClick={() => explainRows([row], token)}>
        Explain in each identity system
      </button>
      <button type="button" class="quiet small" aria-pressed={isPicked} title="e" onClick={toggle}>
        {isPicked ? 'Picked for Explain' : 'Pick for Explain'}
      </button>
      {count > 0 && (
        <button type="button" class="quiet small" onClick={openExplained}>
          {count === 1 ? 'Explain the one picked' : `Explain the ${count} picked`}
        </button>
      )}
    </>
  )
}
