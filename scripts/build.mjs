// Builds dist/ from src/: tsc emits JavaScript, ncc bundles it, terser shrinks it. "--check" compares the result with the
// committed dist/, "--to FOLDER" writes it elsewhere.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { minify } from 'terser'
import { eagerModules } from './eager-modules.ts'
import { holdsService, lighten } from './kusto-script.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = ['main', 'validate', 'cli'].filter((name) => existsSync(join(root, 'src', `${name}.ts`)))
const node = (cwd, script, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  })

/** Packages that the bundle takes in part; each file says which part and why. */
const STAND_INS = {
  undici: 'undici.cjs',
  '@actions/http-client': 'http-client.cjs',
  '@actions/http-client/lib/auth': 'http-client.cjs',
  '@actions/exec': 'exec.cjs',
  semver: 'semver.cjs',
}

/** A builtin that undici loads and the gate has no use for, which takes some milliseconds: it prepares to print in colour. */
const LEFT_OUT = {
  'node:assert': "(value, message) => { if (!value) throw new Error(message ?? 'assertion failed in undici') }",
}

/**
 * Parts of undici that no request of the gate comes to, and that its client carries all the same, with what stands for each:
 * HTTP/2, a second parser that is on trial, SOCKS, and bodies of forms.
 */
const UNDICI_WITHOUT = {
  'dispatcher/client-h2.js': "module.exports = () => { throw new Error('HTTP/2 is not part of this bundle') }",
  'dispatcher/parser-h1.js': 'exports.getMiloEnabled = () => false',
  'dispatcher/socks5-proxy-agent.js':
    "module.exports = class { constructor() { throw new Error('SOCKS is not part of this bundle') } }",
  'web/fetch/body.js': '',
  'web/fetch/formdata.js': '',
  'web/webidl/index.js': 'exports.webidl = { is: { FormData: () => false } }',
}

async function build(to) {
  // A folder of its own, so that two builds at a time don't meet. ncc names modules by their path from here.
  mkdirSync(join(root, 'build'), { recursive: true })
  const stage = mkdtempSync(join(root, 'build', 'stage-'))
  try {
    node(root, 'typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', stage, '--removeComments')
    cpSync(join(root, 'scripts', 'bundle'), join(stage, 'bundle'), { recursive: true })
    // A copy of its own, found before the installed one by all that is in the stage.
    const undici = join(stage, 'node_modules', 'undici')
    cpSync(join(root, 'node_modules', 'undici'), undici, { recursive: true })
    for (const [file, source] of Object.entries(UNDICI_WITHOUT)) writeFileSync(join(undici, 'lib', file), source)
    const paths = Object.fromEntries(Object.entries(STAND_INS).map(([name, file]) => [name, [`./bundle/${file}`]]))
    // ncc reads the `paths` of the tsconfig.json where it runs, and takes them for every import.
    writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify({ compilerOptions: { baseUrl: '.', paths } }))
    rmSync(to, { recursive: true, force: true })
    for (const name of entries) {
      const out = join(to, name)
      const stats = join(stage, `${name}.stats.json`)
      const options = ['-o', out, '--stats-out', stats, '--no-cache', '-q']
      node(stage, '@vercel/ncc/dist/ncc/cli.js', 'build', `${name}.js`, ...options)
      writeFileSync(join(out, 'licenses.txt'), licenses(JSON.parse(readFileSync(stats, 'utf8')).modules))
      for (const file of readdirSync(out).filter((file) => file.endsWith('.js'))) await shrink(join(out, file))
    }
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/**
 * The licence of every package that has a module in the bundle. ncc's own list leaves out what came into the first chunk,
 * undici and `@actions/core` among them.
 */
function licenses(modules) {
  const folders = new Set(modules.flatMap(packagesOf))
  const texts = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry))
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()
    return `${name} ${version}\n${license ?? 'see below'}\n${text}\n`
  })
  return [...new Set(texts)].sort().join('\n')
}

/** Folders of the packages that a module of webpack's statistics, and those joined into it, came from. */
function packagesOf({ nameForCondition, modules = [] }) {
  const [folder] = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(nameForCondition ?? '') ?? []
  return [...(folder === undefined ? [] : [folder]), ...modules.flatMap(packagesOf)]
}

/**
 * White space, comments and long names of variables go; names of functions and classes stay, for stack traces. ASCII only:
 * one character beyond Latin-1 makes the engine keep a whole file with two bytes a character.
 */
async function shrink(file) {
  let source = readFileSync(file, 'utf8')
  for (const [name, stand] of Object.entries(LEFT_OUT)) {
    source = source.replace(
      new RegExp(`(module\\.exports = )\\w+\\(import\\.meta\\.url\\)\\("${name}"\\)`),
      `$1${stand}`,
    )
    if (source.includes(`"${name}"`)) throw new Error(`${file} still loads ${name}`)
  }
  // The language service comes minified.
  if (holdsService(source)) {
    writeFileSync(file, lighten(source))
    return
  }
  const { code } = await minify(source, {
    module: true,
    // Only what is never used goes. The other rewrites save a few more bytes and make no run faster.
    compress: {
      defaults: false,
      unused: true,
      dead_code: true,
      evaluate: true,
      side_effects: true,
      passes: 3,
      keep_classnames: true,
      keep_fnames: true,
    },
    mangle: { keep_classnames: true, keep_fnames: true },
    format: { comments: false, ascii_only: true },
  })
  writeFileSync(file, eagerModules(code))
}

const listing = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()

if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-dist-'))
  await build(folder)
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
  const to = process.argv.includes('--to') ? resolve(process.argv.at(-1)) : join(root, 'dist')
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-dist-'))
  await build(folder)
  rmSync(to, { recursive: true, force: true })
  cpSync(folder, to, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  for (const name of listing(to)) console.log(`${String(statSync(join(to, name)).size).padStart(9)}  ${name}`)
}
