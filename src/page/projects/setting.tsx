import type { OfferedSetting } from '../../api/list-offered-settings.ts'
import type { Json } from '../api/types.ts'
import { shortJson } from '../ui/short-json.ts'

interface SettingProps {
  readonly field: OfferedSetting
  readonly value: Json
}

/** The form control of one setting. */
export function Setting({ field, value }: SettingProps) {
  return (
    <label class={field.kind === 'switch' ? 'switch' : ''}>
      {field.label}
      <Control field={field} value={value} />
      {field.hint !== '' && <span class="hint">{field.hint}</span>}
    </label>
  )
}

function Control({ field, value }: SettingProps) {
  const { name, kind } = field
  switch (kind) {
    case 'choice':
      return (
        <select name={name}>
          {field.choices.map(([choice, words]) => (
            <option key={choice} value={choice} selected={choice === (value ?? '')}>
              {words}
            </option>
          ))}
        </select>
      )
    case 'switch':
      return <input type="checkbox" name={name} defaultChecked={value === true} />
    case 'number':
      return (
        <input
          type="number"
          name={name}
          min={0}
          required={!field.isOptional}
          defaultValue={value === null ? '' : String(value)}
        />
      )
    case 'names':
      return (
        <input name={name} defaultValue={Array.isArray(value) ? value.join(', ') : ''} autocomplete="off" />
      )
    case 'text':
      return <input name={name} defaultValue={shortJson(value)} required autocomplete="off" />
  }
}

/** What the form says of a setting, as the API takes it. */
export function readSetting(field: OfferedSetting, fields: FormData): Json {
  const text = String(fields.get(field.name) ?? '').trim()
  switch (field.kind) {
    case 'switch':
      return fields.has(field.name)
    case 'number':
      return text === '' ? null : Number(text)
    case 'names':
      return text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
    case 'choice':
      return text === '' ? null : text
    case 'text':
      return text
  }
}
