import type { Box } from './graph-labels.ts'
import type { Place, Places } from './graph-layout.ts'

/** How the picture lies in its frame: a place times `scale`, moved by x and y, in px of the screen. */
export interface Frame {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** Room for labels at the border, in px; less where the frame is narrow. */
const MARGIN_X = 80
const MARGIN_Y = 40
/** A small graph is not blown up further. */
const MAX_FIT = 1.5
const MIN_SCALE = 0.1
const MAX_SCALE = 14

/** Puts all places into the frame. */
export function fitInto(places: Places, { width, height }: Size): Frame {
  const xs = spanOf([...places.values()].map(({ x }) => x))
  const ys = spanOf([...places.values()].map(({ y }) => y))
  const marginX = Math.min(MARGIN_X, width / 6)
  const scale = Math.min(
    MAX_FIT,
    (width - 2 * marginX) / Math.max(1, xs.size),
    (height - 2 * MARGIN_Y) / Math.max(1, ys.size),
  )
  return { scale, x: width / 2 - xs.middle * scale, y: height / 2 - ys.middle * scale }
}

/** Makes the picture larger or smaller around a point of the screen. */
export function zoom(frame: Frame, by: number, { x, y }: Place): Frame {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, frame.scale * by))
  const ratio = scale / frame.scale
  return { scale, x: x - (x - frame.x) * ratio, y: y - (y - frame.y) * ratio }
}

/** Brings a place into the middle of the frame, at least at a scale. */
export function centre(frame: Frame, place: Place, { width, height }: Size, minScale: number): Frame {
  const scale = Math.max(frame.scale, minScale)
  return { scale, x: width / 2 - place.x * scale, y: height / 2 - place.y * scale }
}

/** The part of the picture that is in sight, in px of its scale. */
export function visibleBox({ x, y }: Frame, { width, height }: Size): Box {
  return { left: -x, right: width - x, top: -y, bottom: height - y }
}

function spanOf(values: readonly number[]): { readonly size: number; readonly middle: number } {
  const least = Math.min(...values)
  const most = Math.max(...values)
  return { size: most - least, middle: (least + most) / 2 }
}
