/** The shapes of all icons: outlines on a grid of 24, drawn with a round pen of 2. */
const SHAPES = {
  'arrow-left': 'M20 12H4M10 18l-6-6 6-6',
  'arrow-right': 'M4 12h16M14 6l6 6-6 6',
  bolt: 'M13 2 4 14h7l-1 8 9-12h-7z',
  check: 'M4 12.5 9.5 18 20 7',
  'chevron-down': 'M6 9l6 6 6-6',
  'chevron-right': 'M9 6l6 6-6 6',
  clock: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 7v5l3.5 2',
  device: 'M7 2h10v20H7zM11 18h2',
  down: 'M12 4v16M6 14l6 6 6-6',
  edit: 'M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4',
  error: 'M8 2h8l6 6v8l-6 6H8l-6-6V8zM12 7v6M12 16.5v.01',
  group: 'M4 21V3h10v18M14 9h6v12M2 21h20M8 8h2M8 12h2M8 16h2',
  help: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5v.01',
  info: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.5v.01',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17',
  lock: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4',
  minus: 'M5 12h14',
  monitor: 'M3 4h18v12H3zM8 20h8M12 16v4',
  moon: 'M20 14A8.5 8.5 0 1 1 10 4a7 7 0 0 0 10 10z',
  none: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M5.7 5.7l12.6 12.6',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5 21 21',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  user: 'M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21a8 8 0 0 1 16 0',
  warning: 'M12 3 1.5 21h21zM12 10v5M12 18v.01',
  x: 'M5 5l14 14M19 5 5 19',
} as const satisfies Readonly<Record<string, string>>

export type IconName = keyof typeof SHAPES

/** An icon, of the size and the colour of the text around it. Screen readers get the words beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  )
}
