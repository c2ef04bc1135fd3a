import type { JsonObject } from '../api/types.ts'

/** The name in a profile; undefined without one. */
export function nameOf(profile: JsonObject | null | undefined): string | undefined {
  const whole = [textOf(profile, '$first_name'), textOf(profile, '$last_name')].filter(Boolean).join(' ')
  return textOf(profile, '$name') ?? (whole === '' ? undefined : whole)
}

/** The e-mail address in a profile, or else the phone number; undefined without either. */
export function contactOf(profile: JsonObject | null | undefined): string | undefined {
  return textOf(profile, '$email') ?? textOf(profile, '$phone')
}

function textOf(profile: JsonObject | null | undefined, property: string): string | undefined {
  const value = profile?.[property]
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
