/** The docs keep their word: every snippet is read by the very code that would read it, every link leads somewhere. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import MarkdownIt from 'markdown-it'
import { parse } from 'yaml'
import { SECTIONS } from '../../scripts/troubleshooting.ts'
import { readQueryFile } from '../../src/checks/query-files.ts'
import { readArguments } from '../../src/cli/options.ts'
import { GateErrors } from '../../src/errors.ts'
import { createFiles } from '../../src/files.ts'
import { INPUT_NAMES, INPUTS, type InputName } from '../../src/settings/inputs.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { validateQueries } from '../../src/validate-queries.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const below = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => !path.includes('.terraform') && statSync(join(root, path)).isFile())

const PAGES = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'examples', 'emulator'].flatMap((folder) => below(folder).filter((path) => path.endsWith('.md'))),
].sort()

interface Fence {
  readonly name: string
  readonly page: string
  readonly language: string
  readonly text: string
}
const markdown = new MarkdownIt()
const tokensOf = (page: string) => markdown.parse(read(page), {})
const FENCES: readonly Fence[] = PAGES.flatMap((page) =>
  tokensOf(page)
    .filter((token) => token.type === 'fence')
    .map((token) => ({
      name: `${page}:${(token.map?.[0] ?? 0) + 1}`,
      page,
      language: token.info.trim(),
      text: dedent(token.content),
    })),
)
const of = (...languages: string[]): Fence[] => FENCES.filter(({ language }) => languages.includes(language))

function dedent(text: string): string {
  const lines = text.split('\n')
  const depth = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(depth)).join('\n')
}

let workspace: string
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'defender-gate-docs-'))
})
afterAll(() => rmSync(workspace, { recursive: true, force: true }))
const put = (path: string, content: string): void => {
  mkdirSync(dirname(join(workspace, path)), { recursive: true })
  writeFileSync(join(workspace, path), content)
}

// --- workflows and config files -------------------------------------------------------------------------------------

type Mapping = Record<string, unknown>
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const GUID = '11111111-1111-1111-1111-111111111111'
/** What stands for an expression, by input. */
const EXPRESSIONS: Partial<Record<InputName, string>> = {
  'tenant-id': GUID,
  'client-id': GUID,
  'client-secret': 'a-secret',
  'client-certificate': 'a-certificate',
  'github-token': 'a-token',
  queries: 'hunting/a.kql',
  timespan: 'P7D',
}
const EXPRESSION = ['$', '{{ vars.X }}'].join('')
const PLAIN_CONFIG = 'checks: [{ id: a, incidents: {} }]\n'

/** All problems that the settings tell, as text. */
async function problemsOf(inputs: Record<string, string>, config = PLAIN_CONFIG): Promise<string[]> {
  if (inputs['config'] !== undefined) put(inputs['config'], config)
  try {
    await readSettings({
      inputs,
      unknownInputs: [],
      workspace,
      runnerTemp: workspace,
      visibility: 'private',
      now: new Date('2026-11-20T00:00:00Z'),
      files: createFiles(workspace),
    })
    return []
  } catch (thrown) {
    if (!(thrown instanceof GateErrors)) throw thrown
    return thrown.problems.map(({ message }) => message)
  }
}

function configProblems(text: string): Promise<string[]> {
  const tenants = /^tenants:/m.test(text) ? {} : { 'tenant-id': GUID }
  return problemsOf({ ...tenants, 'client-id': GUID, config: 'gate.yml' }, text)
}

function sampled(name: string, value: unknown): string {
  const sample = EXPRESSIONS[name as InputName] ?? `no sample for an expression in ${name}`
  return String(value).replaceAll(/\$\{\{.*?\}\}/g, sample)
}

/** Steps wherever they stand: a workflow, a job, a list of steps. */
function stepsOf(value: unknown): Mapping[] {
  if (Array.isArray(value)) return value.flatMap(stepsOf)
  if (!isMapping(value)) return []
  return 'uses' in value || 'run' in value ? [value] : Object.values(value).flatMap(stepsOf)
}

const VALIDATE_INPUTS = Object.keys(parse(read('validate/action.yml')).inputs)

async function stepProblems(step: Mapping): Promise<string[]> {
  const [uses = '', version] = String(step['uses'] ?? '').split('@')
  const given = isMapping(step['with']) ? step['with'] : {}
  if (uses === 'defender-gate/defender-gate/validate') {
    const strangers = Object.keys(given).filter((name) => !VALIDATE_INPUTS.includes(name))
    const failOn = given['fail-on'] ?? 'error'
    return [
      ...strangers,
      ...(given['queries'] === undefined ? ['no queries'] : []),
      ...(failOn === 'error' || failOn === 'warning' ? [] : [`fail-on: ${failOn}`]),
    ]
  }
  if (uses !== 'defender-gate/defender-gate') return []
  const strangers = Object.keys(given).filter((name) => !(INPUT_NAMES as readonly string[]).includes(name))
  const inputs = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, sampled(name, value)]))
  return [
    ...(version === 'v1' ? [] : [`not @v1: ${version}`]),
    ...strangers,
    ...(await problemsOf({ 'github-token': 'a-token', ...inputs })),
  ]
}

/** A job that signs in without a secret must be allowed to ask for an ID token; `undefined` permissions are somewhere else. */
function permissionProblems(workflow: Mapping): string[] {
  if (!isMapping(workflow['jobs'])) return []
  return Object.entries(workflow['jobs'] as Record<string, Mapping>).flatMap(([name, job]) => {
    const gates = stepsOf(job).filter((step) => /^defender-gate\/defender-gate@/.test(String(step['uses'])))
    const keyless = gates.some(
      ({ with: given }) => !isMapping(given) || !('client-secret' in given || 'client-certificate' in given),
    )
    const granted = (job['permissions'] ?? workflow['permissions'] ?? {}) as Mapping
    return keyless && granted['id-token'] !== 'write' ? [`${name} may not ask for an ID token`] : []
  })
}

async function yamlProblems(text: string, label: string): Promise<string[]> {
  const value: unknown = parse(text)
  if (isMapping(value) && 'checks' in value) return configProblems(text)
  if (isMapping(value) && ('query' in value || 'queryCondition' in value)) {
    await readQueryFile('query.yaml', text)
    return []
  }
  const steps = stepsOf(value)
  if (steps.length > 0) {
    const told = await Promise.all(steps.map(stepProblems))
    return [...told.flat(), ...(isMapping(value) ? permissionProblems(value) : [])]
  }
  // A few lines of a `with:` block.
  if (isMapping(value) && Object.keys(value).some((name) => (INPUT_NAMES as readonly string[]).includes(name))) {
    return Object.entries(value).flatMap(([name, given]) => {
      if (!(name in INPUTS)) return [`${name} is no input`]
      return INPUTS[name as InputName].form.read(sampled(name, given)).ok ? [] : [`${name} is wrong`]
    })
  }
  return isMapping(value) && ('on' in value || 'permissions' in value || 'env' in value) ? [] : [`what is ${label}?`]
}

describe('snippets', () => {
  it('are found, in languages that this test reads', () => {
    expect(of('yaml').length).toBeGreaterThan(10)
    expect(
      FENCES.filter(({ language }) => !['yaml', 'json', 'sh', 'kql', 'text', 'ts', 'hcl'].includes(language)),
    ).toEqual([])
  })

  it.each(of('yaml').map((fence) => [fence.name, fence] as const))(
    '%s is YAML that the gate takes',
    async (name, { text }) => {
      expect(await yamlProblems(text, name)).toEqual([])
    },
  )

  it('can fail: a wrong input, value, key or permission is found', async () => {
    const step = (lines: string): string => `steps:\n  - uses: defender-gate/defender-gate@v1\n    with:\n${lines}`
    const signIn = `      tenant-id: a.example\n      client-id: ${EXPRESSION}\n      check: alerts\n`
    expect(await yamlProblems(step(signIn), '')).toEqual([])
    expect(await yamlProblems(step(`${signIn}      chek: x\n`), '')).toEqual(['chek'])
    expect(await yamlProblems(step(`${signIn}      tags: x\n`), '')).toHaveLength(1)
    expect(await yamlProblems('checks: [{ id: a, incident: {} }]', '')).not.toEqual([])
    const job = `on: push\njobs:\n  a:\n    ${step(signIn).replaceAll('\n', '\n    ')}`
    expect(await yamlProblems(job, '')).toEqual(['a may not ask for an ID token'])
    await expect(yamlProblems('query: // nothing', '')).rejects.toThrow()
  })

  it('in JSON are JSON', () => {
    for (const { name, text } of of('json')) expect(() => [name, JSON.parse(text)]).not.toThrow()
  })

  it('have KQL without an error or a warning', async () => {
    const queries = [...of('yaml'), ...of('kql')].flatMap(({ name, language, text }): (readonly [string, string])[] => {
      if (language === 'kql') return [[name, text] as const]
      return queriesIn(parse(text)).map((query) => [name, query] as const)
    })
    expect(queries.length).toBeGreaterThan(1)
    for (const [index, [, text]] of queries.entries()) put(`kql/${index}.kql`, text)
    const { diagnostics } = await validateQueries({
      queries: ['kql/*.kql'],
      schema: undefined,
      failOn: 'warning',
      files: createFiles(workspace),
    })
    const told = diagnostics.map(({ file, message }) => `${queries[Number(/\d+/.exec(file))]![0]}: ${message}`)
    expect(told).toEqual([])
  })

  const shell = of('sh')
  it.each(shell.map((fence) => [fence.name, fence] as const))('%s is a script whose commands exist', (_, { text }) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, name] of text.matchAll(/npm run (?:--silent )?([\w-]+)/g))
      expect(Object.keys(scripts)).toContain(name)
    for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
      const args = /\bnpx (?:defender-gate|\.)\s(.*)$/.exec(line.replace(/\s#.*$/, ''))?.[1]
      if (args !== undefined) expect(() => readArguments(wordsOf(args), INPUT_NAMES)).not.toThrow()
    }
  })
})

function queriesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(queriesIn)
  if (!isMapping(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    (name === 'query' || name === 'queryText') && typeof inner === 'string' ? [inner] : queriesIn(inner),
  )
}

/** The words of a simple command line. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}

// --- examples -------------------------------------------------------------------------------------------------------

describe('examples', () => {
  const files = below('examples').filter((path) => /\.github\/.*\.ya?ml$/.test(path))

  it.each(files)('%s is taken by the gate', async (path) => {
    expect(await yamlProblems(read(path), path)).toEqual([])
    if (path.includes('/workflows/')) expect(parse(read(path)).permissions).toEqual({})
  })

  it('have queries without an error or a warning', async () => {
    const queries = ['examples/**/*.kql', 'examples/**/hunting/*.yaml']
    const validation = await validateQueries({
      queries,
      schema: undefined,
      failOn: 'warning',
      files: createFiles(root),
    })
    expect(validation.diagnostics).toEqual([])
  })
})

// --- links ----------------------------------------------------------------------------------------------------------

/** GitHub's anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsOf(page: string): ReadonlySet<string> {
  const tokens = tokensOf(page)
  const headings = tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return []
    const children = tokens[index + 1]?.children ?? []
    return [slug(children.map(({ content }) => content).join(''))]
  })
  return new Set(headings)
}

function linksOf(page: string): string[] {
  const inline = tokensOf(page).flatMap((token) => token.children ?? [])
  const links = inline.flatMap((token) => [token.attrGet('href'), token.attrGet('src')].filter((link) => link !== null))
  const html = [...read(page).matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1]!)
  return [...links.map(String), ...html]
}

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const broken = linksOf(page).filter((link) => {
      if (/^[a-z]+:/i.test(link)) return !/^https:\/\//.test(link)
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : relative(root, resolve(root, dirname(page), path))
      if (target.startsWith('..') || !existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(target).has(anchor)
    })
    expect(broken).toEqual([])
  })

  it.each(PAGES)('files named in %s exist', (page) => {
    const named = [
      ...read(page).matchAll(/`((?:src|test|docs|scripts|emulator|examples|schema|dist|bench)\/[\w./-]*)`/g),
    ].map((match) => match[1]!)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('every page of docs is named in the README or by a page that is', () => {
    const seen = new Set<string>()
    const visit = (page: string): void => {
      if (seen.has(page) || !existsSync(join(root, page))) return
      seen.add(page)
      for (const link of linksOf(page).filter((one) => !/^[a-z]+:|^#/i.test(one))) {
        const target = relative(root, resolve(root, dirname(page), link.split('#')[0]!))
        if (target.endsWith('.md')) visit(target)
      }
    }
    visit('README.md')
    expect(PAGES.filter((page) => page.startsWith('docs/') && !seen.has(page))).toEqual([])
  })
})

// --- codes ----------------------------------------------------------------------------------------------------------

describe('error codes', () => {
  const codes = SECTIONS.flatMap((section) => Object.keys(section.codes))
  const sources = below('src').filter((path) => path.endsWith('.ts'))

  it('every catalogue is on the page, and no code stands twice', async () => {
    for (const path of sources.filter((one) => one.startsWith('src/errors/'))) {
      const catalogue = Object.entries(await import(join(root, path))).filter(([name]) => name.endsWith('_CODES'))
      expect([path, catalogue.length]).toEqual([path, 1])
      for (const code of Object.keys(catalogue[0]![1] as object)) expect(codes).toContain(code)
    }
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  })

  it('every code that is thrown is on the page, and every code on the page is used', () => {
    const text = sources.map((path) => read(path)).join('\n')
    const thrown = [...text.matchAll(/new GateErrors?\(\s*'([^']+)'/g)].map((match) => match[1]!)
    expect(thrown.filter((code) => !codes.includes(code))).toEqual([])
    const unused = codes.filter((code) => {
      const quoted = text.split(`'${code}'`).length - 1
      const asKey = text.split(`'${code}': {`).length - 1
      return quoted - asKey < 1
    })
    expect(unused).toEqual([])
  })

  it('has an anchor for each', () => {
    const anchors = anchorsOf('docs/troubleshooting.md')
    expect(codes.filter((code) => !anchors.has(code))).toEqual([])
  })
})
