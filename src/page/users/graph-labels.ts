import type { Place } from './graph-layout.ts'

/** A text for the picture, and its possible positions, best first: the middle of its box. */
export interface Wanted {
  readonly key: string
  readonly text: string
  readonly spots: readonly Place[]
}

/** A text that has been placed: the middle of its box, and the size of it. */
export interface Label extends Place {
  readonly key: string
  readonly text: string
  readonly width: number
  readonly height: number
}

/** A dot, which no label covers. */
export interface Dot extends Place {
  readonly radius: number
}

const LABEL_CHARS = 26
/** The approximate width of a letter at 12 px; of an ideogram or an emoji. */
const CHAR_PX = 6.5
const WIDE_PX = 13
const WIDE = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef]|[^\0-\uffff]/u
const PADDING_PX = 3
export const LABEL_HEIGHT_PX = 18
/** The distance between a label and a dot. */
const GAP_PX = 1
/** Boxes are indexed by the squares that they touch, of this size in px. */
const SQUARE_PX = 48

/** Shortens a text to the length of a label; its end is kept, since it distinguishes ids. */
function cut(text: string): string {
  const letters = [...text]
  if (letters.length <= LABEL_CHARS) return text
  return `${letters.slice(0, LABEL_CHARS - 9).join('')}…${letters.slice(-8).join('')}`
}

/** The width of a label with this text, in px. */
export function widthOfLabel(text: string): number {
  const widths = [...cut(text)].map((letter) => (WIDE.test(letter) ? WIDE_PX : CHAR_PX))
  return widths.reduce((sum, width) => sum + width, 2 * PADDING_PX)
}

/**
 * Places labels in order, each at the first of its positions where it covers no other, no dot and not the border; one
 * without such a position is left out. In: the border; undefined for none.
 */
export function placeLabels(
  wanted: readonly Wanted[],
  dots: readonly Dot[],
  border: Box | undefined,
): readonly Label[] {
  const taken = new Squares()
  for (const { x, y, radius } of dots) {
    const reach = radius + GAP_PX
    taken.add({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach })
  }
  return wanted.flatMap(({ key, text, spots }) => {
    const width = widthOfLabel(text)
    const spot = spots.find((candidate) => {
      const box = boxAt(candidate, width)
      return isWithin(box, border) && !taken.touches(box)
    })
    if (spot === undefined) return []
    taken.add(boxAt(spot, width))
    return [{ key, text: cut(text), width, height: LABEL_HEIGHT_PX, ...spot }]
  })
}

/** A part of the picture, in px. */
export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

function isWithin(box: Box, border: Box | undefined): boolean {
  if (border === undefined) return true
  const { left, right, top, bottom } = border
  return box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom
}

function boxAt({ x, y }: Place, width: number): Box {
  const half = LABEL_HEIGHT_PX / 2
  return { left: x - width / 2, right: x + width / 2, top: y - half, bottom: y + half }
}

/** An index of the occupied boxes. */
class Squares {
  readonly #boxes = new Map<string, Box[]>()

  add(box: Box): void {
    for (const key of keysOf(box)) this.#boxes.set(key, [...(this.#boxes.get(key) ?? []), box])
  }

  touches(box: Box): boolean {
    return keysOf(box).some((key) => this.#boxes.get(key)?.some((placed) => isOver(placed, box)))
  }
}

function isOver(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

function keysOf({ left, right, top, bottom }: Box): readonly string[] {
  const keys: string[] = []
  for (let x = Math.floor(left / SQUARE_PX); x * SQUARE_PX <= right; x += 1) {
    for (let y = Math.floor(top / SQUARE_PX); y * SQUARE_PX <= bottom; y += 1) keys.push(`${x} ${y}`)
  }
  return keys
}
