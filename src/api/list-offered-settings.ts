import type { Schema } from '../core/json-schema.ts'
import { SETTINGS, type SettingField, type SettingName } from '../core/settings.ts'

/** The form control for a setting. `isOptional`: an empty field means no value. */
type Control =
  | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, words: string])[] }
  | { readonly kind: 'number'; readonly isOptional: boolean }
  | { readonly kind: 'text' }
  | { readonly kind: 'names' }
  | { readonly kind: 'switch' }

/** A setting that the page offers. */
export type OfferedSetting = Control & {
  readonly name: SettingName
  readonly label: string
  readonly hint: string
}

/** The settings that the page offers, in order. The build writes them into the page. */
export function listOfferedSettings(): readonly OfferedSetting[] {
  const offered = ([name, { schema, field }]: [
    string,
    (typeof SETTINGS)[SettingName],
  ]): readonly OfferedSetting[] => {
    if (field === undefined) return []
    const { label, hint } = field
    return [{ name: name as SettingName, label, hint, ...controlOf(schema, field) }]
  }
  return Object.entries(SETTINGS).flatMap(offered)
}

function controlOf({ enum: choices, type }: Schema, { words = {} }: SettingField): Control {
  if (Array.isArray(choices)) {
    const [none, given] = [
      choices.filter((choice) => choice === null),
      choices.filter((choice) => choice !== null),
    ]
    return {
      kind: 'choice',
      choices: [...none, ...given].map((choice) => [choice ?? '', words[String(choice)] ?? String(choice)]),
    }
  }
  switch (type) {
    case 'boolean':
      return { kind: 'switch' }
    case 'array':
      return { kind: 'names' }
    case 'string':
      return { kind: 'text' }
    default:
      return { kind: 'number', isOptional: Array.isArray(type) && type.includes('null') }
  }
}
