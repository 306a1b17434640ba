// "npm start": the gate at work on an embedded Microsoft cloud, straight after a clone, on any Node from 20.
// Plain JavaScript, because it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const major = (version) => Number(version.split('.')[0])

if (!existsSync(`${root}/node_modules/selfsigned`)) {
  console.log('First run: installing the development packages (about a minute, once) …')
  // npm is a script on Windows, which only a shell can start.
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    console.error('npm ci failed: see above. Nothing was started.')
    process.exit(1)
  }
}

// The action runs on Node 24, so the demonstration does too: from the pinned package, else this very Node.
const pinned = `${root}/node_modules/.bin/node`
const node = existsSync(pinned) ? pinned : process.execPath
const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
if (major(version) < 24) {
  console.error(
    `The action runs on Node 24; here is ${version}, and npm has no Node 24 for this platform. Try: npx -y node@24 scripts/start.mjs`,
  )
  process.exit(1)
}
const demo = spawnSync(node, ['--disable-warning=ExperimentalWarning', 'scripts/demo.ts', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(demo.status ?? 1)
