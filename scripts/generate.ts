/**
 * Writes what is made from a source: the JSON Schema of the config file from its parser and its keys in
 * docs/config-file.md, docs/troubleshooting.md from the catalogues of errors, the tables of inputs and outputs in the
 * README and in docs/query-files.md from both files action.yml, and the hosts in docs/runners.md from the clouds. With `--check` it writes nothing and fails when anything would change.
 * Usage: node scripts/generate.ts [--check]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import type { CloudName } from '../src/model.ts'
import { endpoints } from '../src/security-api/clouds.ts'
import { configJsonSchema } from '../src/settings/config-schema.ts'
import { configTables } from './config-tables.ts'
import { troubleshootingPage } from './troubleshooting.ts'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
}

const root = join(import.meta.dirname, '..')
const read = (path: string): string => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '')

/** A cell of a Markdown table. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ')
    .trim()

/** Every description ends with its default in words, which has a column of its own here. */
export function inputsTable(action: Action): string {
  const rows = Object.entries(action.inputs).map(([name, { description, required }]) => {
    const [meaning = '', fallback = required === true ? '**needed**' : '—'] = description.split(/\s*\bDefault: /)
    return `| \`${name}\` | ${cell(fallback.replace(/\.$/, ''))} | ${cell(meaning)} |`
  })
  return ['| input | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

export function outputsTable(action: Action): string {
  const rows = Object.entries(action.outputs).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`)
  return ['| output | value |', '|---|---|', ...rows].join('\n')
}

/** Where a runner has to get out to, by cloud. */
export function hostsTable(): string {
  const clouds: readonly CloudName[] = ['public', 'gcc', 'gcc-high', 'dod']
  const host = (origin: string): string => `\`${new URL(origin).host}\``
  const rows = clouds.map((cloud) => {
    const [graph, older] = [endpoints(cloud, 'graph'), endpoints(cloud, 'defender-xdr')]
    return `| \`${cloud}\` | ${host(graph.authority)} | ${host(graph.apiOrigin)} | ${host(older.apiOrigin)} |`
  })
  return ['| `cloud` | sign-in | `api: graph` | `api: defender-xdr` |', '|---|---|---|---|', ...rows].join('\n')
}

/** Puts `table` between `<!-- name -->` and `<!-- /name -->`; `undefined` where the markers are not there. */
export function between(text: string, name: string, table: string): string | undefined {
  const open = `<!-- ${name} -->`
  const start = text.indexOf(open)
  const end = text.indexOf(`<!-- /${name} -->`)
  if (start < 0 || end < start) return undefined
  return `${text.slice(0, start + open.length)}\n${table}\n${text.slice(end)}`
}

/** Path and content of every generated file, and what is missing for it. */
export function generate(): { files: ReadonlyMap<string, string>; missing: readonly string[] } {
  const action = parse(read('action.yml')) as Action
  const validate = parse(read('validate/action.yml')) as Action
  const missing: string[] = []
  const schema = configJsonSchema()
  const files = new Map([
    ['schema/defender-gate.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['docs/troubleshooting.md', troubleshootingPage()],
  ])
  const tables = {
    'README.md': { inputs: inputsTable(action), outputs: outputsTable(action) },
    'docs/config-file.md': configTables(schema),
    'docs/query-files.md': { inputs: inputsTable(validate), outputs: outputsTable(validate) },
    'docs/runners.md': { hosts: hostsTable() },
  }
  for (const [path, named] of Object.entries(tables)) {
    let text = read(path)
    for (const [name, table] of Object.entries(named)) {
      const next = between(text, name, table)
      if (next === undefined) missing.push(`${path} has no <!-- ${name} --> … <!-- /${name} -->`)
      text = next ?? text
    }
    if (text !== '') files.set(path, text)
  }
  return { files, missing }
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  const { files, missing } = generate()
  const stale = [...files].filter(([path, content]) => read(path) !== content)
  for (const problem of missing) console.error(problem)
  for (const [path, content] of stale) {
    if (check) {
      console.error(`${path} is not up to date: run "node scripts/generate.ts" and commit it.`)
      continue
    }
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    console.log(`wrote ${path}`)
  }
  if (check && stale.length + missing.length > 0) process.exit(1)
}
