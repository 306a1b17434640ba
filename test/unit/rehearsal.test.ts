import { describe, expect, it } from '@jest/globals'
import { notRun } from '../../src/errors/gate.ts'
import { GateError } from '../../src/errors.ts'
import type { ApiName, CheckKind, CheckResult, Files, PlannedCheck } from '../../src/model.ts'
import { type Rehearsal, rehearse, type Stage } from '../../src/rehearsal.ts'
import type { Settings } from '../../src/settings/settings.ts'

const TENANT = { id: '11111111-2222-3333-4444-555555555555', label: 'contoso' }
const policy = { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' } as const

function check(kind: CheckKind, id: string = kind): PlannedCheck {
  const rest = { id, parentId: id, title: id, policy }
  if (kind !== 'hunting') {
    const status = kind === 'incidents' ? ['resolved'] : ['inprogress']
    const question = {
      status,
      minSeverity: 'high',
      createdWithinMs: undefined,
      tags: ['payments'],
      ignoreClassification: [],
    }
    return { ...rest, ask: { kind, question: { kind, ...question } } } as PlannedCheck
  }
  const query = {
    text: 'DeviceProcessEvents',
    timespan: 'P1D',
    severity: 'medium',
    key: ['DeviceId', 'RemoteIP'],
    file: undefined,
    description: undefined,
    tactics: [],
    techniques: [],
  } as const
  return { ...rest, ask: { kind, query } }
}

/** A world in which nothing may happen. */
function stage(): { world: Stage; touched: string[] } {
  const touched: string[] = []
  const no =
    (what: string) =>
    (..._: unknown[]): never => {
      touched.push(what)
      throw new Error(`${what} was touched`)
    }
  const files = Object.fromEntries(
    ['readText', 'write', 'append', 'remove', 'exists', 'realPath', 'size', 'glob'].map((name) => [name, no(name)]),
  ) as unknown as Files
  const world: Stage = {
    clock: { now: () => new Date('2026-11-20T12:00:00Z'), sleep: no('sleep') },
    http: { send: no('http') },
    log: { info: no('info'), warn: no('warn'), debug: no('debug') },
    serverUrl: 'https://github.com',
    protect: no('protect'),
    redact: (text) => text,
    signal: new AbortController().signal,
    files,
    terminal: { line: no('line'), mask: no('mask') },
    setOutput: no('setOutput'),
  }
  return { world, touched }
}

const settings = (api: ApiName): Settings =>
  ({
    tenants: [TENANT],
    clientId: 'app',
    cloud: 'public',
    api,
    suppressions: [],
    details: 'full',
  }) as unknown as Settings

async function rehearsed(
  plan: readonly PlannedCheck[],
  o: { api?: ApiName; report?: Rehearsal<Stage>['report'] } = {},
) {
  const { world, touched } = stage()
  let pauses = 0
  const reported: (readonly CheckResult[])[] = []
  const results = await rehearse({
    settings: settings(o.api ?? 'graph'),
    plan,
    world,
    pause: async () => {
      pauses += 1
    },
    report: async (results, quiet) => {
      reported.push(results)
      await o.report?.(results, quiet)
    },
  })
  return { results, touched, pauses, reported }
}

const ALL = [check('hunting'), check('incidents'), check('alerts')]

describe('rehearse', () => {
  it.each<ApiName>(['graph', 'defender-xdr'])('finds something with each kind of check (%s)', async (api) => {
    const { results, touched, reported } = await rehearsed(ALL, { api })
    expect(results.map(({ state, error }) => [state, error])).toEqual(ALL.map(() => ['findings', undefined]))
    expect(results.map(({ counts }) => counts.findings)).toEqual([3, 3, 3])
    expect(reported).toEqual([results])
    expect(touched).toEqual([])
  })

  it('asks one check of a kind, and none that can not be asked', async () => {
    const problem = notRun('contoso', new GateError('query-files-none', 'No file matches.', 'Look at the pattern.'))
    const broken: PlannedCheck = { ...check('hunting', 'broken'), ask: { kind: 'hunting', problem, file: undefined } }
    const { results } = await rehearsed([broken, check('incidents', 'a'), check('incidents', 'b')])
    expect(results).toHaveLength(1)
    expect(await rehearsed([broken])).toMatchObject({ results: [], reported: [], pauses: 0 })
  })

  it('pauses before each answer and before the report', async () => {
    expect((await rehearsed(ALL)).pauses).toBe(4)
  })

  it('gives the report a world that nothing comes out of', async () => {
    const { touched, pauses } = await rehearsed([check('incidents')], {
      report: async (_, { files, terminal, log, setOutput, protect }) => {
        terminal.line('a line')
        terminal.mask('a mask')
        for (const say of [log.info, log.warn, log.debug]) say('a text')
        setOutput('verdict', 'failed')
        protect('a secret')
        await files.write('report.json', '{}')
        await files.append('report.json', '{}')
        await files.remove('report.json')
        expect(await files.exists('report.json')).toBe(false)
        expect(await files.size('report.json')).toBe(0)
        expect(await files.readText('report.json')).toBe('')
        expect(await files.realPath('report.json')).toBe('report.json')
        expect(await files.glob(['**'])).toEqual([])
      },
    })
    expect(touched).toEqual([])
    expect(pauses).toBe(2 + 3)
  })
})
