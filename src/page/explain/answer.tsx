import { useSignal } from '@preact/signals'
import type { Explanation } from '../../api/explain.shape.ts'
import { MODE_NAMES, MODES } from '../projects/modes.ts'
import { project } from '../state/projects.ts'
import { Differences } from './differences.tsx'
import { ModeColumn, usersText } from './mode-column.tsx'

interface AnswerProps {
  readonly explanation: Explanation
  /** Shows the records that do not differ, too. */
  readonly showsSame: boolean
}

/** The three identity systems side by side, or one of them on a narrow screen, and their differences. */
export function Answer({ explanation, showsSame }: AnswerProps) {
  const { differences, modes } = explanation
  const own = project.value?.id_management
  const chosen = useSignal(own ?? 'simplified')
  const different = new Set(differences.map((difference) => difference.record_index))
  return (
    <>
      <div class="chips mode-choice" role="group" aria-label="Identity system">
        {MODES.map((mode) => (
          <button
            key={mode}
            type="button"
            aria-pressed={mode === chosen.value}
            onClick={() => {
              chosen.value = mode
            }}
          >
            <strong>{MODE_NAMES[mode].split(' ')[0]}</strong>
            <span>{usersText(modes[mode]?.users.length ?? 0)}</span>
          </button>
        ))}
      </div>
      <div class="mode-columns">
        {MODES.map((mode) => {
          const ofMode = modes[mode]
          return (
            ofMode && (
              <ModeColumn
                key={mode}
                mode={mode}
                isOwn={mode === own}
                isChosen={mode === chosen.value}
                explanation={ofMode}
                different={different}
                showsSame={showsSame}
              />
            )
          )
        })}
      </div>
      <Differences explanation={explanation} />
    </>
  )
}
