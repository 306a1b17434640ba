// Builds dist/ from src/: tsc emits JavaScript, ncc bundles it. "--check" compares the result with the committed dist/.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = ['main', 'validate'].filter((name) => existsSync(join(root, 'src', `${name}.ts`)))
const node = (script, ...args) =>
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })

function build(to) {
  rmSync(join(root, 'build'), { recursive: true, force: true })
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json')
  rmSync(to, { recursive: true, force: true })
  const ncc = 'node_modules/@vercel/ncc/dist/ncc/cli.js'
  for (const name of entries) {
    node(ncc, 'build', `build/${name}.js`, '-o', join(to, name), '--license', 'licenses.txt', '--no-cache', '-q')
  }
}

const listing = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()

if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-dist-'))
  build(folder)
  const [committed, fresh] = [join(root, 'dist'), folder].map(listing)
  const differs = [...new Set([...committed, ...fresh])].filter((name) => {
    const [a, b] = [join(root, 'dist', name), join(folder, name)]
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b))
  })
  rmSync(folder, { recursive: true, force: true })
  if (differs.length > 0) {
    console.error(`dist/ is not a fresh build of src/: ${differs.join(', ')}. Run "npm run build" and commit dist/.`)
    process.exit(1)
  }
  console.log('dist/ equals a fresh build')
} else {
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-dist-'))
  build(folder)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  cpSync(folder, join(root, 'dist'), { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  for (const name of listing(join(root, 'dist')))
    console.log(`${String(statSync(join(root, 'dist', name)).size).padStart(9)}  dist/${name}`)
}
