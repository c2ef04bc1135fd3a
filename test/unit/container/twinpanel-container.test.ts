import { expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { TwinpanelContainer } from '../../../src/container/twinpanel-container.ts'

it('the image is by default that of the version of the package', () => {
  class Named extends TwinpanelContainer {
    get name() {
      return this.imageName.string
    }
  }
  expect(new Named().name).toBe(`twinpanel:${manifest.version}`)
  expect(new Named('registry.example/twinpanel:1').name).toBe('registry.example/twinpanel:1')
})
