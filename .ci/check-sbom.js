// Checks the list of parts that `npm sbom` has written: each dependency is in it, and each part has its hash.
import { readFileSync } from 'node:fs'

const [path] = process.argv.slice(2)
const bom = JSON.parse(readFileSync(path, 'utf8'))
const declared = ['package.json', 'dev/package.json'].flatMap((file) => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })
})

const parts = new Set(bom.components.map(({ name, version }) => `${name}@${version}`))
const missing = declared.map(([name, version]) => `${name}@${version}`).filter((part) => !parts.has(part))
// A workspace is a part without an archive.
const unhashed = bom.components
  .filter(({ hashes, 'bom-ref': ref }) => !hashes?.length && !ref.startsWith('twinpanel-dev'))
  .map(({ name }) => name)

if (bom.bomFormat !== 'CycloneDX' || missing.length > 0 || unhashed.length > 0) {
  process.stderr.write(
    `${path} is not whole. Missing: ${missing.join(', ')}. Without a hash: ${unhashed.join(', ')}\n`,
  )
  process.exitCode = 1
} else process.stdout.write(`${path}: ${bom.components.length} parts, each with its hash\n`)
