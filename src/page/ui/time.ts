const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const DAY = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' })
const WHOLE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** The time of day, to the millisecond, in the browser's time zone. In: ms since the epoch. */
function clockTime(ms: number): string {
  return CLOCK.format(ms)
}

/** The date, such as 24 Nov. In: ms since the epoch. */
function dayOf(ms: number): string {
  return DAY.format(ms)
}

/** Date and time of day, to the millisecond. In: ms since the epoch. */
export function exactTime(ms: number): string {
  return `${dayOf(ms)}, ${clockTime(ms)}`
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
const SHORT = { second: 's', minute: 'min', hour: 'h', day: 'd' } as const

/** How long ago, such as 3 s ago, or now. In: two times in ms since the epoch. */
export function ago(ms: number, nowMs: number): string {
  let amount = Math.floor(Math.abs(nowMs - ms) / 1_000)
  if (amount === 0) return 'now'
  for (const [size, unit] of STEPS) {
    const text = `${countText(amount)} ${SHORT[unit]}`
    if (amount < size || unit === 'day') return ms > nowMs ? `in ${text}` : `${text} ago`
    amount = Math.floor(amount / size)
  }
  return ''
}

/** A duration in its largest unit, such as 6 days. In: ms, of either sign. */
export function lengthText(ms: number): string {
  let amount = Math.abs(ms) / 1_000
  for (const [size, unit] of STEPS) {
    if (Math.round(amount) < size || unit === 'day') {
      return counted(Math.round(amount), unit)
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

/** A count with its noun, such as 1 event or 2,173 events. */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}
