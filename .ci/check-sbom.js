// Checks the list of parts that `npm sbom` has written: each dependency is in it, and each part has its hash.
import { readFileSync } from 'node:fs'

const [path] = process.argv.slice(2)
const bom = JSON.parse(readFileSync(path, 'utf8'))
const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
  readFileSync('package.json', 'utf8'),
)

const parts = new Set(bom.components.map(({ name, version }) => `${name}@${version}`))
const missing = Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })
  .map(([name, version]) => `${name}@${version}`)
  .filter((part) => !parts.has(part))
const unhashed = bom.components.filter(({ hashes }) => !hashes?.length).map(({ name }) => name)

if (bom.bomFormat !== 'CycloneDX' || missing.length > 0 || unhashed.length > 0) {
  process.stderr.write(
    `${path} is not whole. Missing: ${missing.join(', ')}. Without a hash: ${unhashed.join(', ')}\n`,
  )
  process.exitCode = 1
} else process.stdout.write(`${path}: ${bom.components.length} parts, each with its hash\n`)
