/** The bill of materials of a release, as the release workflow makes it, against the licences that were gathered in dist/. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

interface Sbom {
  readonly bomFormat: string
  readonly metadata: {
    readonly component: { readonly name: string; readonly version: string; readonly 'bom-ref': string }
  }
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly hashes?: readonly unknown[]
  }[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const sbom = JSON.parse(execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: root, encoding: 'utf8' })) as Sbom
const named = sbom.components.map(({ name, version }) => `${name} ${version}`)

/** Each entry of a licenses.txt begins with a line `name version`. */
const licensed = (entry: string): readonly string[] =>
  read(`dist/${entry}/licenses.txt`).match(/^(?:@[\w.-]+\/)?[\w.-]+ \d+\.\d+\.\d+(?:-[\w.]+)?$/gm) ?? []

describe('the bill of materials', () => {
  it.each(['main', 'validate', 'cli'])('names every package in dist/%s', (entry) => {
    const packages = licensed(entry)
    expect(packages.length).toBeGreaterThan(5)
    expect(named).toEqual(expect.arrayContaining([...packages]))
  })

  it('names no package that serves development alone', () => {
    const { devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<string, object>
    const others = new Set(Object.keys({ ...devDependencies, ...optionalDependencies }))
    // GitHub's API is described by one package, of which production has versions of its own.
    others.delete('@octokit/openapi-types')
    expect(sbom.components.filter(({ name }) => others.has(name))).toEqual([])
  })

  it('is of this version, with the hash of every package, and complete in itself', () => {
    const { name, version } = JSON.parse(read('package.json')) as { name: string; version: string }
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name, version } } })
    expect(sbom.components.filter(({ hashes }) => hashes?.length !== 1)).toEqual([])
    const refs = new Set([sbom.metadata.component['bom-ref'], ...named.map((each) => each.replace(' ', '@'))])
    expect(
      sbom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref)),
    ).toEqual([])
    expect(sbom.dependencies.find(({ ref }) => ref === `${name}@${version}`)?.dependsOn.length).toBeGreaterThan(5)
  })
})
