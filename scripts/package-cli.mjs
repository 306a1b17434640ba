// Makes the folder that is published as the npm package "defender-gate": the built command alone. What it needs is bundled,
// so that installing it brings no other package.
// Usage: node scripts/package-cli.mjs --to FOLDER
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => readFileSync(join(root, path), 'utf8')
const { name, version, description, license, repository, homepage, bugs, bin, files } = JSON.parse(read('package.json'))

/** Links of a page of docs/ lead to this version on GitHub: the package has no other page. */
function withWholeLinks(page) {
  const base = `${homepage}/blob/v${version}/`
  return page.replace(/\]\((?![a-z]+:|#)([^)\s]+)\)/gi, (_, link) => `](${base}${posix.normalize(`docs/${link}`)})`)
}

if (process.argv[2] !== '--to' || process.argv[3] === undefined) {
  console.error('Usage: node scripts/package-cli.mjs --to FOLDER')
  process.exit(1)
}
const to = resolve(process.argv[3])
// A new folder: nothing that is there already may get into the package.
mkdirSync(to)
for (const path of [...files, 'LICENSE']) cpSync(join(root, path), join(to, path), { recursive: true })
writeFileSync(join(to, 'README.md'), withWholeLinks(read('docs/command-line.md')))
const manifest = {
  ...{ name, version, description, license, homepage, repository, bugs, type: 'module', bin, files },
  engines: { node: '>=24' },
}
writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
console.log(`${name} ${version} in ${to}`)
