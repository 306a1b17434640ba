import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ask, planChecks } from '../../../src/checks/index.ts'
import { createFiles } from '../../../src/files.ts'
import type {
  CheckSettings,
  HuntingQuestion,
  PlannedCheck,
  Policy,
  Query,
  QuerySource,
  SecurityApi,
} from '../../../src/model.ts'

const POLICY: Policy = { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' }

function hunting(
  source: QuerySource,
  more: Partial<HuntingQuestion> = {},
  check: Partial<CheckSettings> = {},
): CheckSettings {
  const question: HuntingQuestion = {
    kind: 'hunting',
    source,
    timespan: 'P1D',
    severity: 'medium',
    key: undefined,
    ...more,
  }
  return { id: 'hunt', byInputs: false, title: undefined, policy: POLICY, question, ...check }
}

function queryOf(planned: PlannedCheck | undefined): Query {
  if (planned?.ask.kind !== 'hunting' || 'problem' in planned.ask) throw new Error('no query')
  return planned.ask.query
}

function problemOf(planned: PlannedCheck | undefined): { code: string; file: string | undefined } {
  if (planned?.ask.kind !== 'hunting' || !('problem' in planned.ask)) throw new Error('no problem')
  return { code: planned.ask.problem.code, file: planned.ask.file }
}

let base: string
let workspace: string

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(workspace, path)), { recursive: true })
  await writeFile(join(workspace, path), content)
}

const plan = async (...checks: CheckSettings[]): Promise<readonly PlannedCheck[]> =>
  (await planChecks(checks, createFiles(workspace))).checks
const globs = (...patterns: string[]): QuerySource => ({ from: 'globs', patterns })

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'plan-'))
  workspace = join(base, 'workspace')
  await mkdir(workspace)
})
afterEach(() => rm(base, { recursive: true, force: true }))

describe('planning', () => {
  it('passes lists through, in the order of the settings', async () => {
    const question = {
      kind: 'incidents',
      status: ['active'],
      minSeverity: 'high',
      createdWithinMs: undefined,
      tags: [],
      ignoreClassification: [],
    } as const
    const planned = await plan(
      { id: 'open', byInputs: true, title: undefined, policy: POLICY, question },
      hunting({ from: 'text', text: 'T' }, {}, { title: 'Inline' }),
    )
    expect(planned).toEqual([
      { id: 'open', parentId: 'open', title: 'open', policy: POLICY, ask: { kind: 'incidents', question } },
      expect.objectContaining({ id: 'hunt', title: 'Inline' }),
    ])
    expect(queryOf(planned[1])).toMatchObject({ text: 'T', timespan: 'P1D', severity: 'medium', file: undefined })
  })

  it('makes an inline query of comments a problem', async () => {
    expect(problemOf((await plan(hunting({ from: 'text', text: '// nothing\n' })))[0]).code).toBe('query-empty')
  })

  it('gives each file of the globs a check of its own, each once, sorted', async () => {
    await put('hunting/b.kql', '// Finds b\nB')
    await put(
      'hunting/sub dir/a.yaml',
      'query: A\nseverity: low\nname: Name A\ntactics: [Impact]\nrelevantTechniques: [T1]',
    )
    await put('other/c.kql', 'C')
    const planned = await plan(hunting(globs('hunting/**/*.kql', 'hunting/**', '**/b.kql', './hunting/b.kql')))
    expect(planned.map(({ id, parentId, title }) => ({ id, parentId, title }))).toEqual([
      { id: 'hunt/hunting/b.kql', parentId: 'hunt', title: 'Finds b' },
      { id: 'hunt/hunting/sub dir/a.yaml', parentId: 'hunt', title: 'Name A' },
    ])
    expect(queryOf(planned[0])).toMatchObject({ severity: 'medium', file: { path: 'hunting/b.kql', line: 1 } })
    expect(queryOf(planned[1])).toMatchObject({
      text: 'A',
      severity: 'low',
      timespan: 'P1D',
      tactics: ['Impact'],
      techniques: ['T1'],
    })
  })

  it('notes each pattern of several that matches nothing, with its check', async () => {
    await put('hunting/lsass.kql', 'DeviceEvents')
    await put('drafts/new.kql', 'DeviceInfo')
    const notesOf = async (...patterns: string[]): Promise<readonly string[]> =>
      (await planChecks([hunting(globs(...patterns))], createFiles(workspace))).notes
    expect(await notesOf('hunting/l*.kql', 'huntin/*.yaml', 'x.md')).toEqual([
      'The pattern "huntin/*.yaml" in the queries of the check "hunt" matches no file, so nothing is asked for it. Correct it, or remove it.',
      'The pattern "x.md" in the queries of the check "hunt" matches no file, so nothing is asked for it. Correct it, or remove it.',
    ])
    // One that finds only what `!` takes away asks nothing either; one that excludes nothing does no harm.
    expect(await notesOf('hunting/*', 'drafts/*', '!drafts/**')).toEqual([expect.stringContaining('"drafts/*"')])
    expect(await notesOf('hunting/*', '**/*.kql', '!old/**')).toEqual([])
    // Nothing at all is the error that it is, told once.
    expect(await notesOf('a/*', 'b/*')).toEqual([])
    expect(await notesOf('hunting/*', 'drafts')).toEqual([expect.stringContaining('give drafts/** for all files')])
  })

  it('names files by their path alone when the check comes from the inputs', async () => {
    await put('q/a.kql', 'A')
    const [planned] = await plan(hunting(globs('q/*'), {}, { byInputs: true }))
    expect(planned).toMatchObject({ id: 'q/a.kql', parentId: 'hunt', title: 'q/a.kql' })
  })

  it('puts the title of the check before those of its files', async () => {
    await put('q/a.kql', '// Own\nA')
    expect((await plan(hunting(globs('q/*'), {}, { title: 'All' })))[0]?.title).toBe('All: Own')
    expect((await plan(hunting({ from: 'file', path: 'q/a.kql' }, {}, { title: 'All' })))[0]?.title).toBe('All')
  })

  it('keeps the id of the check for a single query file', async () => {
    await put('q/a.kql', '// Own\nA')
    const [planned] = await plan(hunting({ from: 'file', path: './q/a.kql' }))
    expect(planned).toMatchObject({ id: 'hunt', parentId: 'hunt', title: 'Own' })
    expect(queryOf(planned).file).toEqual({ path: 'q/a.kql', line: 1 })
  })

  it('takes the key of the settings before the entities of the file', async () => {
    const entities = 'entityMappings: [{ fieldMappings: [{ identifier: Name, columnName: Host }] }]'
    await put('a.yaml', `query: A\n${entities}`)
    const source = { from: 'file', path: 'a.yaml' } as const
    expect(queryOf((await plan(hunting(source)))[0])).toMatchObject({ key: ['Host'], keyFromFile: true })
    expect(queryOf((await plan(hunting(source, { key: ['X'] })))[0])).toMatchObject({ key: ['X'], keyFromFile: false })
  })
})

describe('what can not be asked', () => {
  it('is one problem when no file matches', async () => {
    const planned = await plan(hunting(globs('none/**/*.kql')))
    expect(planned).toHaveLength(1)
    expect(planned[0]).toMatchObject({ id: 'hunt', parentId: 'hunt' })
    expect(problemOf(planned[0])).toEqual({ code: 'queries-none', file: undefined })
  })

  it.each([
    ['a folder', ['hunting/'], 'hunting/ is a folder: give hunting/** for all files in it.'],
    ['a list with commas', ['a.kql, b.kql'], 'Give one pattern per line: a comma does not separate them.'],
    ['choices in braces', ['{a,b}.kql'], 'Check the globs'],
  ])('says what %s should be', async (_name, patterns, hint) => {
    await put('hunting/a.kql', 'T')
    const [planned] = await plan(hunting(globs(...patterns)))
    expect(planned!.ask).toMatchObject({ problem: { code: 'queries-none', hint: expect.stringContaining(hint) } })
  })

  it.each([
    ['nowhere.kql', 'The query file nowhere.kql does not exist.', 'actions/checkout'],
    ['hunting', 'The query file hunting can not be read: it is a folder (EISDIR).', 'actions/checkout'],
    ['*.kql', 'The query file *.kql does not exist.', 'give patterns in queries'],
  ])('says in words why %s can not be read', async (path, message, hint) => {
    await put('hunting/a.kql', 'T')
    const [planned] = await plan(hunting({ from: 'file', path }))
    expect(planned!.ask).toMatchObject({
      problem: expect.objectContaining({ message, hint: expect.stringContaining(hint) }),
    })
  })

  it('is the problem of its file alone', async () => {
    await put('q/a.kql', 'A')
    await put('q/b.sql', 'B')
    await put('q/c.kql', '// none')
    await put('q/d.yaml', '{')
    const planned = await plan(hunting(globs('q/*')))
    expect(planned.map(({ id }) => id)).toEqual(['hunt/q/a.kql', 'hunt/q/b.sql', 'hunt/q/c.kql', 'hunt/q/d.yaml'])
    expect(queryOf(planned[0]).text).toBe('A')
    expect(planned.slice(1).map(problemOf)).toEqual([
      { code: 'query-file-extension', file: 'q/b.sql' },
      { code: 'query-empty', file: 'q/c.kql' },
      { code: 'query-file-yaml', file: 'q/d.yaml' },
    ])
  })

  it('is a file that does not exist, or is a folder', async () => {
    await mkdir(join(workspace, 'folder.kql'))
    const planned = await plan(hunting({ from: 'file', path: 'no.kql' }), hunting({ from: 'file', path: 'folder.kql' }))
    expect(planned.map((one) => problemOf(one).code)).toEqual(['query-file-unreadable', 'query-file-unreadable'])
  })

  it('is a file outside the workspace, by .. or through a link', async () => {
    await writeFile(join(base, 'secret.kql'), 'SECRET')
    await put('q/a.kql', 'A')
    await symlink(join(base, 'secret.kql'), join(workspace, 'q/link.kql'))
    await symlink(base, join(workspace, 'q/up'))
    await symlink('a.kql', join(workspace, 'q/inside.kql'))
    const planned = await plan(
      hunting(globs('q/*.kql')),
      hunting({ from: 'file', path: '../secret.kql' }),
      hunting({ from: 'file', path: 'q/up/secret.kql' }),
      hunting({ from: 'file', path: join(base, 'secret.kql') }),
    )
    expect(planned.map(({ id }) => id).slice(0, 3)).toEqual(['hunt/q/a.kql', 'hunt/q/inside.kql', 'hunt/q/link.kql'])
    expect(queryOf(planned[1]).text).toBe('A')
    expect(planned.slice(2).map((one) => problemOf(one).code)).toEqual(Array(4).fill('query-file-outside'))
    expect(JSON.stringify(planned)).not.toContain('SECRET')
  })

  it('is a file of more than 1 MiB, which is not even read', async () => {
    await put('big.kql', `T${' '.repeat(1024 * 1024)}`)
    const files = createFiles(workspace)
    const guarded = { ...files, readText: () => Promise.reject(new Error('was read')) }
    const [planned] = (await planChecks([hunting({ from: 'file', path: 'big.kql' })], guarded)).checks
    expect(problemOf(planned).code).toBe('query-file-too-large')
  })

  it('rejects with its problem when it is asked all the same', async () => {
    const [planned] = await plan(hunting(globs('none')))
    await expect(ask(planned!, {} as SecurityApi, new Date(), () => [])).rejects.toMatchObject({ code: 'queries-none' })
  })
})
