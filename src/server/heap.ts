import { setFlagsFromString } from 'node:v8'

/**
 * Bounds the memory of a process that is a server: old objects are collected when the heap is 1.8 times as large as what
 * is alive, and not, as by default, up to four times. Requests in progress become old before they are answered, so a busy
 * server would always have as much. The space of young objects can only be bounded on the command line, where
 * `npm start`, the image and the team of workers do so.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=80')
}

/** The argument of Node that bounds the space of young objects: to 64 MB, in place of 128. */
export const YOUNG_SPACE_ARGUMENT = '--max-semi-space-size=32'
