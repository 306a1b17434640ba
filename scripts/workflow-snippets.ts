/**
 * Writes every workflow that stands in the documentation into a folder, for `lint-workflows.sh`: whole workflows as they are,
 * lists of steps and single jobs in the shortest workflow around them. The name of a file tells where it stands.
 * Usage: node scripts/workflow-snippets.ts <folder>
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '..')

export interface Snippet {
  /** `docs-recipes-line-12.yml` */
  readonly name: string
  readonly text: string
}

const JOB = `on: workflow_dispatch
permissions: {}
concurrency:
  group: example
  cancel-in-progress: false
jobs:
  example:
    runs-on: ubuntu-24.04
    permissions: {}
    steps:
`

/** The workflows of a Markdown text. Other YAML, such as config files, is left out. */
export function snippetsOf(path: string, markdown: string): Snippet[] {
  const fences = [...markdown.matchAll(/^( *)```ya?ml\n([\s\S]*?)^ *```/gm)]
  return fences.flatMap(({ 1: indent = '', 2: body = '', index }) => {
    const text = body.replace(new RegExp(`^${indent}`, 'gm'), '')
    const line = markdown.slice(0, index).split('\n').length + 1
    const workflow = asWorkflow(text)
    if (workflow === undefined) return []
    return [{ name: `${path.replace(/\.md$/, '').replaceAll(/[^\w]+/g, '-')}-line-${line}.yml`, text: workflow }]
  })
}

function asWorkflow(text: string): string | undefined {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    // A snippet that is no YAML at all is for actionlint to tell, where it looks like a workflow.
    return /\b(?:uses|runs-on|jobs):/.test(text) ? text : undefined
  }
  if (isSteps(value)) return JOB + indented(text, 6)
  if (typeof value !== 'object' || value === null) return undefined
  if ('jobs' in value)
    return `${'on' in value ? '' : 'on: workflow_dispatch\n'}${'permissions' in value || 'on' in value ? '' : 'permissions: {}\n'}${text}`
  if ('steps' in value && isSteps(value.steps) && !('runs-on' in value)) {
    const head = 'permissions' in value ? / {4}permissions: \{\}\n {4}steps:\n$/ : / {4}steps:\n$/
    return JOB.replace(head, '') + indented(text, 4)
  }
  return undefined
}

function isSteps(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((step) => typeof step === 'object' && step !== null && ('uses' in step || 'run' in step))
  )
}

const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by))

/** Every snippet of README.md and docs/. */
export function snippets(): Snippet[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
  const pages = [
    'README.md',
    ...docs.map((name) => join('docs', name)),
    ...examples.map((name) => join('examples', name)),
  ]
  return pages.sort().flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')))
}

if (import.meta.main) {
  const folder = join(process.argv[2] ?? '.', '.github', 'workflows')
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of snippets()) writeFileSync(join(folder, name), text)
}
