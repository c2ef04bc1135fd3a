import { expect, it } from 'vitest'
import { sharedMemorySettings } from '../../../src/embedded-postgres/settings.ts'

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
