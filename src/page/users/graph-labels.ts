import type { Place } from './graph-layout.ts'

/** A text for the picture, and its possible positions, best first: the middle of its baseline. */
export interface Wanted {
  readonly key: string
  readonly text: string
  readonly spots: readonly Place[]
  /** It is placed at its best position even if it covers others. */
  readonly isForced?: boolean
}

/** A text that has been placed. */
export interface Label extends Place {
  readonly key: string
  readonly text: string
}

const LABEL_CHARS = 26
/** The approximate size of a letter and a line, at 12 px. */
const CHAR_PX = 6.7
const LINE_PX = 15
const DOT_PX = 7
/** Boxes are indexed by the squares that they touch, of this size in px. */
const SQUARE_PX = 48

/** Shortens a text to the length of a label; its end is kept, since it distinguishes ids. */
function cut(text: string): string {
  const letters = [...text]
  if (letters.length <= LABEL_CHARS) return text
  return `${letters.slice(0, LABEL_CHARS - 9).join('')}…${letters.slice(-8).join('')}`
}

/**
 * Places labels in order; one that would cover another, a dot or the border is left out. In: the border; undefined for
 * none.
 */
export function placeLabels(
  wanted: readonly Wanted[],
  dots: readonly Place[],
  border: Box | undefined,
): readonly Label[] {
  const taken = new Squares()
  for (const { x, y } of dots)
    taken.add({ left: x - DOT_PX, right: x + DOT_PX, top: y - DOT_PX, bottom: y + DOT_PX })
  return wanted.flatMap(({ key, text, spots, isForced }) => {
    const shown = cut(text)
    const half = ([...shown].length * CHAR_PX) / 2
    const boxed = spots.map((spot) => ({ spot, box: boxAt(spot, half) }))
    const free = boxed.find(({ box }) => isWithin(box, border) && !taken.touches(box))
    const chosen = free ?? (isForced === true ? boxed[0] : undefined)
    if (chosen === undefined) return []
    taken.add(chosen.box)
    return [{ key, text: shown, ...chosen.spot }]
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

function boxAt({ x, y }: Place, half: number): Box {
  return { left: x - half, right: x + half, top: y - LINE_PX + 4, bottom: y + 4 }
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
