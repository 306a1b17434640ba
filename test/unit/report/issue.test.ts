import { describe, expect, it } from '@jest/globals'
import type { CheckResult, Clock, Finding, Run } from '../../../src/model.ts'
import { keepIssues } from '../../../src/report/issue.ts'
import { IssueFailure, type IssueTrouble } from '../../../src/report/issue-client.ts'
import { issueKey, marker, readMemory } from '../../../src/report/issue-memory.ts'
import { FakeIssues } from './fake-issues.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun, POLICY, PROBLEM, TENANT } from './make-run.ts'

class FakeClock implements Clock {
  readonly slept: number[] = []
  #now = Date.parse('2026-11-20T08:00:00Z')
  now(): Date {
    return new Date(this.#now)
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
  }
}

interface Kept {
  readonly urls: readonly string[]
  readonly info: string[]
  readonly warnings: string[]
  readonly clock: FakeClock
}

async function keep(
  client: FakeIssues,
  run: Run,
  { redact = (text: string) => text, signal }: { redact?: (text: string) => string; signal?: AbortSignal } = {},
): Promise<Kept> {
  const info: string[] = []
  const warnings: string[] = []
  const clock = new FakeClock()
  const log = { info: (text: string) => info.push(text), warn: (text: string) => warnings.push(text), debug: () => {} }
  const runUrl = 'https://github.com/o/r/actions/runs/77'
  const urls = await keepIssues(run, { client, redact, log, runUrl, clock, ...(signal ? { signal } : {}) })
  return { urls, info, warnings, clock }
}

const CHECK = huntingCheck('lsass-access', {}, { title: 'LSASS memory read' })
const KEY = issueKey(CHECK.id, TENANT.id)
const found = (...findings: Finding[]): CheckResult => makeResult(CHECK, { findings })
const clear = (): CheckResult => makeResult(CHECK)
const erred = (): CheckResult => makeResult(CHECK, { error: PROBLEM })
const A = makeFinding({ title: 'finding A' })
const B = makeFinding({ title: 'finding B', severity: 'low' })
const C = makeFinding({ title: 'finding C' })
/** Whatever may be packed in a text. */
const unpacked = (text: string): string =>
  (text.match(/[\w-]{8,}/g) ?? []).map((one) => Buffer.from(one, 'base64url').toString()).join('\n')
const url = (number: number): string => `https://github.com/o/r/issues/${number}`

describe('the life of an issue', () => {
  it('is opened when findings appear, brought up to date, closed when clear, reopened when they return', async () => {
    const github = new FakeIssues()
    const first = await keep(github, makeRun([found(A, B)]))
    expect(first.urls).toEqual([url(1)])
    const [issue] = github.all
    expect(issue).toMatchObject({ title: 'Defender Gate: LSASS memory read (contoso)', state: 'open', comments: [] })
    expect(issue!.body.startsWith(`${marker(KEY)}\n`)).toBe(true)
    expect(issue!.body).toContain('2 findings (1 high, 1 low)')
    expect(issue!.body).toContain('`finding A`')

    // The same again: the body alone, and nobody is told.
    expect((await keep(github, makeRun([found(A, B)]))).urls).toEqual([url(1)])
    expect(issue!.body).toContain('**Since the last run:** nothing new.')
    expect(issue!.comments).toEqual([])

    // One new, one gone: a comment for what is new.
    await keep(github, makeRun([found(A, C)]))
    expect(issue!.body).toContain('**Since the last run:** 1 new and 1 gone.')
    expect(issue!.body).toMatch(/New since the last run[\s\S]*`finding C`[\s\S]*Still there[\s\S]*`finding A`/)
    expect(issue!.body).toMatch(/Gone since the last run\n\n- `finding B`/)
    expect(issue!.comments).toHaveLength(1)
    expect(issue!.comments[0]).toContain('**1 new finding** since the last run: 1 high.')
    expect(issue!.comments[0]).toContain('`finding C`')
    expect(issue!.comments[0]).not.toContain('finding A')

    // One gone and nothing new: nobody is told.
    await keep(github, makeRun([found(C)]))
    expect(issue!.body).toContain('**Since the last run:** 1 gone.')
    expect(issue!.comments).toHaveLength(1)

    const closing = await keep(github, makeRun([clear()]))
    expect(closing.urls).toEqual([url(1)])
    expect(issue).toMatchObject({ state: 'closed', reason: 'completed' })
    expect(issue!.comments[1]).toContain('✅ Clear since [2026-11-20 08:00 UTC]')
    expect(issue!.body).toContain('Clear since')

    expect((await keep(github, makeRun([clear()]))).urls).toEqual([])
    expect(issue!.comments).toHaveLength(2)

    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(issue).toMatchObject({ state: 'open', reason: 'reopened' })
    expect(issue!.comments[2]).toContain('The check has findings again: 1 finding (1 high).')
    expect(github.all).toHaveLength(1)
  })

  it('says so when somebody closed it while there are findings', async () => {
    const github = new FakeIssues()
    await keep(github, makeRun([found(A)]))
    github.all[0]!.state = 'closed'
    await keep(github, makeRun([found(A)]))
    expect(github.all[0]!.state).toBe('open')
    expect(github.all[0]!.comments[0]).toContain('but the check still has findings')
  })

  it('is never made for a clear check, and nothing is written then', async () => {
    const github = new FakeIssues()
    expect(await keep(github, makeRun([clear()]))).toMatchObject({ urls: [], warnings: [] })
    expect(github.acts).toEqual(['list'])
  })

  it('is never touched by a check in error, which asks nothing at all', async () => {
    const github = new FakeIssues()
    await keep(github, makeRun([found(A)]))
    const before = structuredClone(github.all)
    github.acts.length = 0
    expect((await keep(github, makeRun([erred()]))).urls).toEqual([])
    expect(github.all).toEqual(before)
    expect(github.acts).toEqual([])
  })

  it('is kept for a check in mode report, which the body says', async () => {
    const github = new FakeIssues()
    const check = { ...CHECK, policy: { ...POLICY, mode: 'report' as const } }
    await keep(github, makeRun([makeResult(check, { findings: [A] })]))
    expect(github.all[0]!.body).toContain('mode `report`')
  })

  it('closes although some findings are within the limit, and counts neither known nor suppressed ones', async () => {
    const github = new FakeIssues()
    const check = { ...CHECK, policy: { ...POLICY, maxFindings: 1 } }
    const known = makeFinding({ status: 'known', title: 'known one' })
    await keep(github, makeRun([makeResult(check, { findings: [A, B, known] })]))
    expect(github.all[0]!.body).toContain('1 known')
    expect(github.all[0]!.body).not.toContain('known one')
    await keep(github, makeRun([makeResult(check, { findings: [A, known] })]))
    expect(github.all[0]!.state).toBe('closed')
  })

  it('tells nobody of the rows of a canary that sees too little', async () => {
    const github = new FakeIssues()
    const check = huntingCheck('canary', {}, { policy: { ...POLICY, maxFindings: undefined, minFindings: 5 } })
    const few = (...findings: Finding[]): CheckResult =>
      makeResult(check, { findings, state: 'findings', reason: 'Fewer than 5 findings.' })
    await keep(github, makeRun([few(A)]))
    await keep(github, makeRun([few(B, C)]))
    expect(github.all[0]!.body).toContain('too few findings (2)')
    expect(github.all[0]!.comments).toEqual([])
  })

  it('is one a check, and one a tenant', async () => {
    const github = new FakeIssues()
    const other = { id: '33333333-3333-3333-3333-333333333333', label: 'fabrikam' }
    const run = makeRun([
      found(A),
      makeResult(CHECK, { findings: [B], tenant: other }),
      makeResult(listCheck('open-incidents'), { findings: [C] }),
    ])
    expect((await keep(github, run)).urls).toEqual([url(1), url(2), url(3)])
    expect(github.all.map(({ title }) => title)).toEqual([
      'Defender Gate: LSASS memory read (contoso)',
      'Defender Gate: LSASS memory read (fabrikam)',
      'Defender Gate: open-incidents (contoso)',
    ])
    expect(new Set(github.all.map(({ body }) => body.split('\n')[0])).size).toBe(3)
    expect((await keep(github, run)).urls).toEqual([url(1), url(2), url(3)])
    expect(github.all).toHaveLength(3)
  })
})

describe('who may read it', () => {
  const secret = makeFinding({ title: 'host-17 was hit', data: { DeviceName: 'host-17' } })

  it('has counts alone, in no form a title, value or fingerprint', async () => {
    const github = new FakeIssues()
    const portalUrl = 'https://security.microsoft.com/v2/advanced-hunting?query=abc'
    const result = (...findings: Finding[]): CheckResult => ({
      ...found(...findings),
      columns: ['DeviceName'],
      portalUrl,
    })
    await keep(github, makeRun([result(secret)], { details: 'counts' }))
    await keep(github, makeRun([result(secret, { ...secret, fingerprint: 'ff'.repeat(32) }, B)], { details: 'counts' }))
    const [issue] = github.all
    const all = [issue!.title, issue!.body, ...issue!.comments].join('\n')
    for (const text of [all, unpacked(all)]) expect(text).not.toMatch(/host-17|finding B|ffff|advanced-hunting/)
    expect(all).toContain('3 findings (2 high, 1 low)')
    expect(issue!.body).toContain('**Since the last run:** 2 more, counted by severity.')
    expect(issue!.comments).toEqual([expect.stringContaining('**2 more findings**: now 3 findings (2 high, 1 low)')])
    expect(readMemory(issue!.body)).toMatchObject({ prints: undefined, counts: [0, 0, 1, 0, 2] })
  })

  it('keeps no secret, also not of what the last run wrote', async () => {
    const github = new FakeIssues()
    const result = found(makeFinding({ title: 'token hunter2secret here', data: { a: 'hunter2secret' } }))
    const redact = (text: string): string => text.replaceAll('hunter2secret', '***')
    // The last run did not know that it is a secret.
    await keep(github, makeRun([result]))
    await keep(github, makeRun([found(A)]), { redact })
    expect(github.all[0]!.body).toContain('`token *** here`')
    expect(JSON.stringify(github.all[0])).not.toContain('hunter2secret')
    expect(unpacked(github.all[0]!.body)).toContain('finding A')
    expect(unpacked(github.all[0]!.body)).not.toContain('hunter2secret')
  })
})

describe('finding it again', () => {
  it('reads every page of open issues, past pull requests and others', async () => {
    const github = new FakeIssues(2)
    const mine = github.add({ body: `${marker(KEY)}\nhello` })
    for (let index = 0; index < 7; index += 1) github.add({ isPullRequest: index % 2 === 0, body: 'other' })
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(mine.body).toContain('`finding A`')
    expect(github.all).toHaveLength(8)
  })

  it('reads the closed ones only where one is needed, and takes the one that changed last', async () => {
    const github = new FakeIssues(2)
    github.add({ body: marker(KEY), state: 'closed', updated: 50 })
    github.add({ body: marker(KEY), state: 'closed', updated: 90 })
    for (let index = 0; index < 5; index += 1) github.add({ state: 'closed', updated: 91 + index })
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(2)])
    expect(github.all.map(({ state }) => state).slice(0, 2)).toEqual(['closed', 'open'])
    github.acts.length = 0
    await keep(github, makeRun([found(A)]))
    expect(github.count('list')).toBe(1)
  })

  it('prefers an open one to a closed one', async () => {
    const github = new FakeIssues()
    github.add({ body: marker(KEY), state: 'open' })
    github.add({ body: marker(KEY), state: 'closed' })
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
  })

  it('finds the marker below what people wrote above it, and after an edit in a browser', async () => {
    const github = new FakeIssues()
    await keep(github, makeRun([found(A)]))
    github.all[0]!.body = `We know.\n\n${github.all[0]!.body}`.replaceAll('\n', '\r\n')
    await keep(github, makeRun([found(A, C)]))
    expect(github.all).toHaveLength(1)
    expect(github.all[0]!.comments).toEqual([expect.stringContaining('1 new finding')])
  })

  it.each([
    ['a pull request', { isPullRequest: true }],
    ['an issue of somebody from outside', { byStranger: true }],
    ['a marker in the middle of a line', { body: `- \`${marker(KEY)}\`` }],
    ['the marker of another check', { body: marker(issueKey('other', TENANT.id)) }],
  ])('takes %s for none of its own', async (_, given) => {
    const github = new FakeIssues()
    const other = github.add({ body: marker(KEY), ...given })
    const before = structuredClone(other)
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(2)])
    await keep(github, makeRun([clear()]))
    expect(other).toEqual(before)
  })

  it('is not misled by a title that holds a marker', async () => {
    const github = new FakeIssues()
    const key = issueKey('other', TENANT.id)
    const title = `x\n${marker(key)}\n<!-- defender-gate:memory 1 clear 0.0.0.0.0 0: W10 -->`
    await keep(github, makeRun([found(makeFinding({ title, data: { a: title } }))]))
    const other = makeResult(huntingCheck('other'), { findings: [A] })
    expect((await keep(github, makeRun([other]))).urls).toEqual([url(2)])
    expect(readMemory(github.all[0]!.body)).toMatchObject({ clear: false, counts: [0, 0, 0, 0, 1] })
  })

  it('tells of everything when the memory cannot be read', async () => {
    const github = new FakeIssues()
    await keep(github, makeRun([found(A)]))
    github.all[0]!.body = marker(KEY)
    await keep(github, makeRun([found(A)]))
    expect(github.all[0]!.comments).toEqual([expect.stringContaining('could not be read: now 1 finding (1 high)')])
  })
})

describe('two runs at once', () => {
  it('looks immediately before it opens one', async () => {
    const github = new FakeIssues()
    github.before = (act, count) => {
      // After the open and the closed list, and before the look that precedes creating.
      if (act === 'list' && count === 3) github.add({ body: marker(KEY) })
    }
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(github.all).toHaveLength(1)
    expect(github.count('create')).toBe(0)
  })

  it('closes its own when another run was faster in the last moment', async () => {
    const github = new FakeIssues()
    github.before = (act) => {
      if (act === 'create') github.add({ body: marker(KEY), title: 'of the other run' })
    }
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(github.all.map(({ state, reason }) => [state, reason])).toEqual([
      ['open', undefined],
      ['closed', 'not_planned'],
    ])
    expect(github.all[1]!.comments).toEqual([expect.stringContaining('Issue 1 is kept')])
    expect(github.all[1]!.comments[0]).not.toContain('#1')
    // It lost its marker, so that it is not reopened one day.
    github.before = () => {}
    await keep(github, makeRun([clear()]))
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(github.all[1]!.state).toBe('closed')
  })

  it('leaves its own when it has the lowest number', async () => {
    const github = new FakeIssues()
    github.after = (act) => {
      if (act === 'create') github.add({ body: marker(KEY), title: 'of the other run' })
    }
    const kept = await keep(github, makeRun([found(A)]))
    expect(kept.urls).toEqual([url(1)])
    expect(github.all[0]!.state).toBe('open')
  })

  it('ends with one open issue when both run step by step side by side', async () => {
    const github = new FakeIssues()
    github.before = () => new Promise((resolve) => setImmediate(resolve))
    const [one, two] = await Promise.all([keep(github, makeRun([found(A)])), keep(github, makeRun([found(A)]))])
    expect(github.all.filter(({ state }) => state === 'open').map(({ number }) => number)).toEqual([1])
    expect(github.all.flatMap(({ comments }) => comments)).toHaveLength(1)
    expect(one.urls).toEqual([url(1)])
    expect(two.urls).toEqual([url(1)])
  })

  it('mends two open issues of an earlier day', async () => {
    const github = new FakeIssues()
    github.add({ body: marker(KEY) })
    github.add({ body: marker(KEY) })
    expect((await keep(github, makeRun([clear()]))).urls).toEqual([url(1)])
    expect(github.all.map(({ state, reason }) => [state, reason])).toEqual([
      ['closed', 'completed'],
      ['closed', 'not_planned'],
    ])
  })
})

describe('a lost answer', () => {
  const lost = (): never => {
    throw new IssueFailure('unanswered', 0, 'the connection broke')
  }

  it('does not make a second issue: it looks for the first one before it tries again', async () => {
    const github = new FakeIssues()
    github.after = (act, count) => (act === 'create' && count === 1 ? lost() : undefined)
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    expect(github.all).toHaveLength(1)
    expect(github.all[0]!.comments).toEqual([])
  })

  it('is tried again when nothing was made, three times in all', async () => {
    const github = new FakeIssues()
    github.before = (act, count) => (act === 'create' && count <= 2 ? lost() : undefined)
    expect((await keep(github, makeRun([found(A)]))).urls).toEqual([url(1)])
    const down = new FakeIssues()
    down.before = (act) => (act === 'create' ? lost() : undefined)
    const kept = await keep(down, makeRun([found(A)]))
    expect(down.count('create')).toBe(3)
    expect(kept.urls).toEqual([])
    expect(kept.warnings).toEqual([
      expect.stringMatching(
        /^The issue for the check "lsass-access" of contoso could not be brought up to date: the connection broke\. The next run tries again\. The verdict is not changed/,
      ),
    ])
  })

  it('that says of itself that nothing was made is the transport’s to try again', async () => {
    const github = new FakeIssues()
    const busy = new IssueFailure('unanswered', 503, 'Service Unavailable')
    github.before = (act) => {
      if (act === 'create') throw busy
    }
    const { warnings } = await keep(github, makeRun([found(A)]))
    expect(github.count('create')).toBe(1)
    expect(warnings).toEqual([
      expect.stringContaining('brought up to date: Service Unavailable (status 503). The next run'),
    ])
  })

  it('of a comment is told by the next run again, rather than never', async () => {
    const github = new FakeIssues()
    await keep(github, makeRun([found(A)]))
    github.before = (act) => (act === 'comment' ? lost() : undefined)
    expect((await keep(github, makeRun([found(A, C)]))).warnings).toHaveLength(1)
    github.before = () => {}
    await keep(github, makeRun([found(A, C)]))
    expect(github.all[0]!.comments).toEqual([expect.stringContaining('`finding C`')])
  })
})

describe('a refusal', () => {
  const results = (): CheckResult[] =>
    ['a', 'b', 'c', 'd', 'e'].map((id) => makeResult(listCheck(id), { findings: [makeFinding()] }))
  const failing = (kind: IssueTrouble, status: number, says: string) => (): never => {
    throw new IssueFailure(kind, status, says)
  }

  it.each([
    ['permission', 403, 'Resource not accessible by integration', 'permissions: issues: write'],
    ['token', 401, 'Bad credentials', 'Leave github-token out'],
    ['disabled', 410, 'Issues has been disabled', 'Turn them on in the settings'],
    ['rate-limit', 403, 'You have exceeded a secondary rate limit', 'The next run brings'],
  ] as const)('for %s is one warning that names the cure, and ends the work', async (kind, status, says, cure) => {
    const github = new FakeIssues()
    const fail = failing(kind, status, says)
    github.before = (act) => (act === 'create' ? fail() : undefined)
    const kept = await keep(github, makeRun(results()))
    expect(kept.urls).toEqual([])
    expect(kept.warnings).toHaveLength(1)
    expect(kept.warnings[0]).toContain(cure)
    expect(kept.warnings[0]).toContain('The verdict is not changed by this.')
    if (kind !== 'disabled') expect(kept.warnings[0]).toContain(says)
    expect(github.count('create')).toBe(1)
  })

  it('of the list is one warning', async () => {
    const github = new FakeIssues()
    github.before = failing('unanswered', 502, 'Server Error')
    const kept = await keep(github, makeRun(results()))
    expect(kept).toMatchObject({
      urls: [],
      warnings: [expect.stringMatching(/^The list of issues could not be brought/)],
    })
    expect(github.acts).toEqual(['list'])
  })

  it('of one check does not stop the others', async () => {
    const github = new FakeIssues()
    const fail = failing('refused', 422, 'Validation Failed')
    github.before = (act, count) => (act === 'create' && count === 2 ? fail() : undefined)
    const kept = await keep(github, makeRun(results()))
    expect(kept.urls).toEqual([url(1), url(2), url(3), url(4)])
    expect(kept.warnings).toEqual([expect.stringContaining('the check "b" of contoso')])
  })

  it('that is silence ends the work after three checks', async () => {
    const github = new FakeIssues()
    const fail = failing('unanswered', 500, 'Server Error')
    github.before = (act) => (act === 'create' ? fail() : undefined)
    const kept = await keep(github, makeRun(results()))
    expect(kept.warnings).toHaveLength(4)
    expect(kept.warnings[3]).toContain('left to the next run')
    expect(github.count('create')).toBe(9)
  })

  it('that is a fault of our own is a warning too', async () => {
    const github = new FakeIssues()
    github.before = () => {
      throw new TypeError('x is not a function')
    }
    const kept = await keep(github, makeRun(results()))
    expect(kept.warnings).toEqual([expect.stringContaining('x is not a function')])
  })

  it('by a cancelled workflow ends it at once', async () => {
    const github = new FakeIssues()
    const stop = new AbortController()
    github.before = (act) => {
      if (act !== 'create') return
      stop.abort(new Error('the runner sent SIGTERM'))
      throw stop.signal.reason
    }
    const kept = await keep(github, makeRun(results()), { signal: stop.signal })
    expect(kept.warnings).toEqual([expect.stringContaining('the run was cancelled')])
    expect(github.count('create')).toBe(1)
  })
})

describe('the number of requests', () => {
  it('lists once for all checks, and leaves a second between two that write', async () => {
    const github = new FakeIssues()
    const results = ['a', 'b', 'c'].map((id) => makeResult(listCheck(id), { findings: [makeFinding()] }))
    const first = await keep(github, makeRun(results))
    // Open, closed, one look before each, one after all.
    expect(github.count('list')).toBe(6)
    expect(first.clock.slept).toEqual([1000, 1000, 2000])
    github.acts.length = 0
    await keep(github, makeRun(results))
    expect(github.acts).toEqual(['list', 'update', 'update', 'update'])
  })

  it('opens a hundred issues at most, and says that the rest comes later', async () => {
    const github = new FakeIssues()
    const results = Array.from({ length: 103 }, (_, index) =>
      makeResult(listCheck(`check-${index}`), { findings: [makeFinding()] }),
    )
    const kept = await keep(github, makeRun(results))
    expect(kept.urls).toHaveLength(100)
    expect(kept.warnings).toEqual([expect.stringContaining('3 more checks with findings')])
    expect((await keep(github, makeRun(results))).urls).toHaveLength(103)
  })
})
