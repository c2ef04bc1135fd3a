import { afterEach, expect, it } from 'vitest'
import { DiskSpace } from '../../../src/embedded-postgres/disk-space.ts'

const MB = 1_048_576
let disk: DiskSpace | undefined
afterEach(() => disk?.stop())

it('a shortage is told once when it begins and once when there is clearly more than the reserve', async () => {
  let free: number | undefined = 300 * MB
  const lines: string[] = []
  const log = { debug: () => undefined, warn: (line: string) => lines.push(line), error: () => undefined }
  disk = new DiskSpace({ directory: '/data', reserveBytes: 200 * MB, log, freeBytes: async () => free })
  const shortageAt = async (freeMb: number | undefined) => {
    free = freeMb === undefined ? undefined : freeMb * MB
    await disk?.check()
    return disk?.shortage
  }
  expect(await shortageAt(200)).toBeUndefined()
  expect(await shortageAt(199)).toBe(
    'The disk of the data directory is full: 199 MB are free, and 21 MB are missing.',
  )
  expect(await shortageAt(0)).toContain('0 MB are free, and 220 MB are missing')
  expect(await shortageAt(219)).toContain('219 MB are free, and 1 MB are missing')
  expect(await shortageAt(220)).toBeUndefined()
  // Where the system does not tell, there is room.
  expect(await shortageAt(undefined)).toBeUndefined()
  expect(lines).toEqual([
    'The disk of /data is full: 199 MB are free, and 21 MB are missing. Records are answered 503 until then.',
    'The disk of /data has room again: 220 MB free. Records are taken.',
  ])
})
