// Prints a software bill of materials (CycloneDX) of what a release is made of: the production dependencies, as pinned.
// It reads package-lock.json alone, so nothing need be installed.
// Usage: node scripts/sbom.mjs > defender-gate.cdx.json
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'))

// All packages: with `--omit dev` npm leaves out those too that production and development share (`ms`, for one).
const sbom = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
)

const shipped = new Set(
  Object.entries(read('package-lock.json').packages)
    .filter(([, { dev, optional, devOptional }]) => !(dev || optional || devOptional))
    .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`),
)
const isShipped = (ref) => shipped.has(ref)

sbom.components = sbom.components.filter((component) => isShipped(component['bom-ref']))
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => isShipped(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isShipped) }))
// npm takes the name of the folder.
sbom.metadata.component.name = read('package.json').name
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`)
