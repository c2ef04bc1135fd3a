import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** Once per run: what the server is to serve is what the source says. */
export async function setup(): Promise<void> {
  await build({ configFile: fileURLToPath(new URL('../../../vite.config.ts', import.meta.url)) })
}
