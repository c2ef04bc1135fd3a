const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const DAY = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' })
const WHOLE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** The time of day, to the millisecond, in the browser's time zone. In: ms since the epoch. */
export function clockTime(ms: number): string {
  return CLOCK.format(ms)
}

/** The date, such as 24 Nov. In: ms since the epoch. */
export function dayOf(ms: number): string {
  return DAY.format(ms)
}

/** Date and time of day. In: ms since the epoch, or an ISO time; anything else gives a dash. */
export function wholeTime(time: number | string | null): string {
  const ms = typeof time === 'string' ? Date.parse(time) : time
  return ms === null || Number.isNaN(ms) ? '–' : WHOLE.format(ms)
}

const STEPS = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [365, 'day'],
] as const
const AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** How long ago, such as 5 minutes ago. In: two times in ms since the epoch. */
export function ago(ms: number, nowMs: number): string {
  let amount = (ms - nowMs) / 1_000
  for (const [size, unit] of STEPS) {
    if (Math.abs(amount) < size || unit === 'day') return AGO.format(Math.round(amount), unit)
    amount /= size
  }
  return ''
}

/** A duration in its largest unit, such as 6 days. In: ms, of either sign. */
export function lengthText(ms: number): string {
  let amount = Math.abs(ms) / 1_000
  for (const [size, unit] of STEPS) {
    if (Math.round(amount) < size || unit === 'day') {
      const rounded = Math.round(amount)
      return `${countText(rounded)} ${unit}${rounded === 1 ? '' : 's'}`
    }
    amount /= size
  }
  return ''
}

const COUNT = new Intl.NumberFormat('en')

/** A number with thousands separators. */
export function countText(count: number): string {
  return COUNT.format(count)
}
