#!/usr/bin/env node
/** `npx defender-gate`. An older Node is told so before it meets anything that it can't read. */
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(`defender-gate needs Node.js 24 or later, and this is Node.js ${process.versions.node}.\n`)
  process.exitCode = 1
} else {
  const { commandLine } = await import('./command-line.ts')
  process.exitCode = await commandLine(process.argv.slice(2))
}
