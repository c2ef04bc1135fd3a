import { useCallback, useRef } from 'preact/hooks'
import { type Frame, zoom } from './graph-frame.ts'

/** The zoom per px of the wheel, as an exponent of e. */
const WHEEL = 0.004
const KEY_PX = 60
const KEY_ZOOM = 1.5

/** A pointer that has moved further, in px, was dragged, and does not click what is under it. */
const DRAGGED_PX = 4

/** Callbacks for gestures on the picture. */
export interface Gestures {
  readonly change: (to: (frame: Frame) => Frame) => void
  /** The pointer is over the element with this `data-id`; undefined for none. */
  readonly point: (id: string | undefined) => void
  readonly choose: (id: string) => void
}

const KEYS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [KEY_PX, 0],
  ArrowRight: [-KEY_PX, 0],
  ArrowUp: [0, KEY_PX],
  ArrowDown: [0, -KEY_PX],
}

/**
 * Makes a picture draggable, and zoomable by the wheel with Ctrl (which is also a pinch) and by keys. The wheel alone
 * scrolls the page as usual. Out: a ref for the picture.
 */
export function useGestures(gestures: Gestures): (element: SVGSVGElement | null) => void {
  const current = useRef(gestures)
  current.current = gestures
  const end = useRef(() => {})
  // Not as JSX properties: a wheel listener that prevents the page's zoom must not be passive.
  return useCallback((element: SVGSVGElement | null) => {
    end.current()
    end.current = element === null ? () => {} : listen(element, () => current.current)
  }, [])
}

function listen(element: SVGSVGElement, gestures: () => Gestures): () => void {
  const controller = new AbortController()
  const { signal } = controller
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const at = { x: event.offsetX, y: event.offsetY }
    gestures().change((frame) => zoom(frame, Math.exp(-event.deltaY * WHEEL), at))
  }
  const onKey = (event: KeyboardEvent) => {
    const change = event.ctrlKey || event.metaKey || event.altKey ? undefined : keyed(event.key, element)
    if (change === undefined) return
    event.preventDefault()
    gestures().change(change)
  }
  element.addEventListener('wheel', onWheel, { passive: false, signal })
  element.addEventListener('keydown', onKey, { signal })
  listenToPointer(element, gestures, signal)
  return () => controller.abort()
}

function listenToPointer(element: SVGSVGElement, gestures: () => Gestures, signal: AbortSignal): void {
  let draggedPx = 0
  const onDown = () => {
    draggedPx = 0
  }
  const onMove = ({ buttons, movementX, movementY }: PointerEvent) => {
    if (buttons !== 1) return
    draggedPx += Math.abs(movementX) + Math.abs(movementY)
    gestures().change((frame) => ({ ...frame, x: frame.x + movementX, y: frame.y + movementY }))
  }
  const onClick = (event: MouseEvent) => {
    const id = idAt(event)
    if (id !== undefined && draggedPx <= DRAGGED_PX) gestures().choose(id)
  }
  element.addEventListener('pointerdown', onDown, { signal })
  element.addEventListener('pointermove', onMove, { signal })
  element.addEventListener('click', onClick, { signal })
  element.addEventListener('pointerover', (event) => gestures().point(idAt(event)), { signal })
  element.addEventListener('pointerleave', () => gestures().point(undefined), { signal })
}

function idAt({ target }: Event): string | undefined {
  const owner = target instanceof Element ? target.closest<SVGElement>('[data-id]') : null
  return owner?.dataset['id']
}

/** The effect of a key on the picture; undefined for none. */
function keyed(key: string, element: SVGSVGElement): ((frame: Frame) => Frame) | undefined {
  const [x, y] = KEYS[key] ?? []
  if (x !== undefined && y !== undefined) return (frame) => ({ ...frame, x: frame.x + x, y: frame.y + y })
  const by = key === '+' || key === '=' ? KEY_ZOOM : key === '-' ? 1 / KEY_ZOOM : undefined
  const middle = { x: element.clientWidth / 2, y: element.clientHeight / 2 }
  return by === undefined ? undefined : (frame) => zoom(frame, by, middle)
}
