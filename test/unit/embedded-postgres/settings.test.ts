import { expect, it } from 'vitest'
import { bufferSettings, sharedMemorySettings } from '../../../src/embedded-postgres/settings.ts'

it.runIf(process.platform === 'linux')(
  'parallel queries use files where there is little shared memory, or none',
  async () => {
    const files = { dynamic_shared_memory_type: 'mmap' }
    expect(await sharedMemorySettings('/nowhere')).toEqual(files)
    expect(await sharedMemorySettings('/proc')).toEqual(files)
    // A disk, which is large.
    expect(await sharedMemorySettings('/')).toEqual({})
  },
)

it.each([
  [536_870_912, '128MB'],
  [4 * 2 ** 30, '512MB'],
  [64 * 2 ** 30, '1024MB'],
])('of %i bytes of memory, an eighth is for buffers, within limits: %s', (memory, shared_buffers) => {
  expect(bufferSettings(memory)).toEqual({ shared_buffers })
})
