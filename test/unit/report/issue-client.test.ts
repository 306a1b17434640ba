/** The client over our own transport against the emulated GitHub, and issues kept with it. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Emulator, GITHUB_TOKEN, type Scenario, startEmulator } from '../../../emulator/emulator.ts'
import type { Clock, Http, HttpRequest } from '../../../src/model.ts'
import { type ClosableHttp, createHttp } from '../../../src/network/transport.ts'
import { keepIssues } from '../../../src/report/issue.ts'
import { createIssuesClient, type Issue, type IssuesClient } from '../../../src/report/issue-client.ts'
import { huntingCheck, makeFinding, makeResult, makeRun } from './make-run.ts'

let cloud: Emulator
const before = getCACertificates('default')
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
  setDefaultCACertificates([...before, cloud.caPem])
})
afterAll(async () => {
  setDefaultCACertificates(before)
  await cloud.close()
})

const instant: Clock = { now: () => new Date('2026-11-20T08:00:00Z'), sleep: async () => {} }
const lines: string[] = []
const log = { info: (text: string) => lines.push(text), warn: (text: string) => lines.push(text), debug: () => {} }
const REPOSITORY = { owner: 'contoso', repo: 'payments' }

let http: ClosableHttp
beforeEach(() => {
  http = createHttp({ proxy: {}, clock: instant, log, userAgent: 'defender-gate/test', random: () => 0 })
  cloud.setScenario({})
  cloud.issues.all.length = 0
  cloud.requests.length = 0
  lines.length = 0
})
afterEach(() => http.close())

const connect = async (more: Partial<Parameters<typeof createIssuesClient>[0]> = {}): Promise<IssuesClient> =>
  createIssuesClient({ token: GITHUB_TOKEN, apiUrl: cloud.githubUrl, repository: REPOSITORY, http, ...more })

async function all(client: IssuesClient, ...query: Parameters<IssuesClient['pages']>): Promise<Issue[]> {
  const issues: Issue[] = []
  for await (const page of client.pages(...query)) issues.push(...page)
  return issues
}

type Faults = NonNullable<Scenario['faults']>
const faults = (...list: Faults): void => cloud.setScenario({ faults: list })

describe('the client', () => {
  it('opens, changes and comments, as the one whose token it has', async () => {
    const client = await connect()
    const made = await client.create({ title: 'a title', body: 'a body' })
    expect(made).toEqual({
      number: 1,
      url: `${cloud.githubUrl}/contoso/payments/issues/1`,
      state: 'open',
      body: 'a body',
      isPullRequest: false,
      byStranger: false,
    })
    await client.comment(1, 'a comment')
    const closed = await client.update(1, { state: 'closed', stateReason: 'not_planned', body: 'new' })
    expect(closed).toMatchObject({ state: 'closed', body: 'new' })
    expect(cloud.issues.all[0]).toMatchObject({ title: 'a title', stateReason: 'not_planned' })
    expect(cloud.issues.all[0]?.comments).toMatchObject([{ body: 'a comment' }])
    expect(cloud.requests.map(({ headers }) => headers['authorization'])).toEqual(
      Array(3).fill(`token ${GITHUB_TOKEN}`),
    )
    expect(cloud.requests[0]!.headers).toMatchObject({ 'x-github-api-version': '2022-11-28' })
  })

  it('follows the pages of a list to the last, newest first', async () => {
    for (let index = 0; index < 250; index += 1) cloud.issues.add({ pullRequest: index % 2 === 0 })
    const found = await all(await connect(), 'open', 'created')
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 250 }, (_, index) => 250 - index))
    expect(found.filter(({ isPullRequest }) => isPullRequest)).toHaveLength(125)
    expect(cloud.requests).toHaveLength(3)
    cloud.issues.all[3]!.state = 'closed'
    expect((await all(await connect(), 'closed', 'updated')).map(({ number }) => number)).toEqual([4])
  })

  it('asks for a page only when the one before has been used', async () => {
    for (let index = 0; index < 250; index += 1) cloud.issues.add()
    for await (const page of (await connect()).pages('open', 'created')) {
      expect(page).toHaveLength(100)
      break
    }
    expect(cloud.requests).toHaveLength(1)
  })

  it('speaks to GitHub Enterprise Server, whose API has a path', async () => {
    for (let index = 0; index < 101; index += 1) cloud.issues.add()
    const client = await connect({ apiUrl: `${cloud.githubUrl}/api/v3/` })
    expect(await all(client, 'open', 'created')).toHaveLength(101)
    expect(cloud.requests.map(({ path }) => path)).toEqual([
      '/api/v3/repos/contoso/payments/issues',
      '/api/v3/repositories/70107786/issues',
    ])
  })

  it('tells strangers from those who belong to the repository', async () => {
    const person = (
      login: string,
      association: 'NONE' | 'CONTRIBUTOR' | 'MEMBER' | 'OWNER',
      type: 'User' | 'Bot' = 'User',
    ) => ({
      author: { login, type, id: 1, association },
    })
    cloud.issues.add(person('eve', 'NONE'))
    cloud.issues.add(person('mallory', 'CONTRIBUTOR'))
    cloud.issues.add({ author: null })
    cloud.issues.add(person('alice', 'MEMBER'))
    cloud.issues.add(person('bob', 'OWNER'))
    cloud.issues.add(person('an-app[bot]', 'NONE', 'Bot'))
    const found = await all(await connect(), 'open', 'created')
    expect(found.reverse().map(({ byStranger }) => byStranger)).toEqual([true, true, true, false, false, false])
  })

  it.each([
    ['token', 401, { token: 'another' }],
    ['permission', 403, { issues: 'none' }],
    ['permission', 404, { repository: 'contoso/elsewhere' }],
  ] as const)('tells a failure of the %s (%d)', async (kind, status, github) => {
    cloud.setScenario({ github })
    await expect(all(await connect(), 'open', 'created')).rejects.toMatchObject({ kind, status })
  })

  it('tells what else GitHub refuses, with its words', async () => {
    cloud.setScenario({ github: { issues: 'disabled' } })
    await expect((await connect()).create({ title: 'x', body: '' })).rejects.toMatchObject({ kind: 'disabled' })
    cloud.setScenario({})
    await expect((await connect()).create({ title: 'x'.repeat(300), body: '' })).rejects.toMatchObject({
      kind: 'refused',
      status: 422,
      message: 'Validation Failed: title is too long (maximum is 256 characters)',
    })
    await expect((await connect()).update(77, { body: 'x' })).rejects.toMatchObject({ kind: 'refused', status: 404 })
    faults({ route: 'issue-update', action: 'status', status: 403, headers: { 'x-ratelimit-remaining': '0' } })
    await expect((await connect()).update(1, { body: 'x' })).rejects.toMatchObject({ kind: 'rate-limit' })
    const message = 'You have exceeded a secondary rate limit.'
    faults({ route: 'issue-update', action: 'status', status: 403, body: { message } })
    await expect((await connect()).update(1, { body: 'x' })).rejects.toMatchObject({ kind: 'rate-limit' })
  })

  it('waits for a limit that ends soon, and not for one that ends late', async () => {
    faults({ route: 'issues', request: 1, action: 'retry-after', retryAfter: 20 })
    expect(await all(await connect(), 'open', 'created')).toEqual([])
    faults({ route: 'issues', action: 'retry-after', retryAfter: 61 })
    cloud.requests.length = 0
    await expect(all(await connect(), 'open', 'created')).rejects.toMatchObject({ kind: 'rate-limit' })
    faults({ route: 'issues', action: 'retry-after', status: 503, retryAfter: 61 })
    await expect(all(await connect(), 'open', 'created')).rejects.toMatchObject({ kind: 'unanswered', status: 503 })
    expect(cloud.requests).toHaveLength(2)
  })

  it.each(['html-200', 'truncated-json', 'empty-200', 'empty-204', 'invalid-json'] as const)(
    'takes %s for no answer',
    async (action) => {
      faults({ route: 'all', action })
      const client = await connect()
      await expect(all(client, 'open', 'created')).rejects.toMatchObject({ kind: 'unanswered' })
      await expect(client.create({ title: 'x', body: '' })).rejects.toMatchObject({ kind: 'unanswered' })
    },
  )

  it('takes a page of somebody else for no comment', async () => {
    faults({ route: 'issue-comment', action: 'html-200' })
    await expect((await connect()).comment(1, 'x')).rejects.toMatchObject({ kind: 'unanswered' })
  })

  it('follows no redirect, and no next page on another server', async () => {
    faults({ route: 'all', action: 'redirect', status: 301 })
    await expect(all(await connect(), 'open', 'created')).rejects.toMatchObject({ kind: 'refused', status: 301 })
    const link = `<${cloud.apiUrl}/repos/contoso/payments/issues?page=2>; rel="next"`
    faults({ route: 'issues', action: 'status', status: 200, headers: { link }, body: [] })
    await expect(all(await connect(), 'open', 'created')).rejects.toThrow('points to another server')
    expect(new Set(cloud.requests.map(({ origin }) => origin))).toEqual(new Set(['github']))
  })

  it('sends what must not be done twice once, and the rest again', async () => {
    faults({ route: 'all', action: 'status', status: 502 })
    const client = await connect()
    await expect(client.create({ title: 'x', body: '' })).rejects.toMatchObject({ kind: 'unanswered', status: 502 })
    await expect(client.comment(1, 'x')).rejects.toMatchObject({ kind: 'unanswered' })
    expect(cloud.requests).toHaveLength(2)
    await expect(client.update(1, { body: '' })).rejects.toMatchObject({ kind: 'unanswered' })
    expect(cloud.requests).toHaveLength(7)
  })

  it('ends as cancelled when the run is', async () => {
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    const client = await connect({ signal: stop.signal })
    await expect(all(client, 'open', 'created')).rejects.toMatchObject({ code: 'cancelled' })
  })

  it.each([
    ['leads back to one that was read', 3, (page: number) => page % 2],
    ['has no end', 1000, (page: number) => page],
  ] as const)('ends with a list that %s', async (says, requests, next) => {
    let page = 0
    const spy: Http = {
      async send() {
        page += 1
        const link = `<${cloud.githubUrl}/repos/contoso/payments/issues?page=${next(page)}>; rel="next"`
        const headers = { 'content-type': 'application/json', link }
        return { status: 200, headers, body: Buffer.from('[]'), attempts: 1, retryAfterMs: undefined }
      },
    }
    await expect(all(await connect({ http: spy }), 'open', 'created')).rejects.toThrow(says)
    expect(page).toBe(requests)
  })

  it('prints nothing, and asks nobody but our transport', async () => {
    const asked: HttpRequest[] = []
    const deprecated = {
      deprecation: 'Sat, 01 Jan 2028 00:00:00 GMT',
      sunset: 'x',
      link: '<https://evil.example>; rel="deprecation"',
    }
    const spy: Http = {
      send: async (request) => {
        asked.push(request)
        return {
          status: 200,
          headers: { 'content-type': 'application/json', ...deprecated },
          body: Buffer.from('[]'),
          attempts: 1,
          retryAfterMs: undefined,
        }
      },
    }
    const printed: unknown[] = []
    const { warn, error } = console
    console.warn = console.error = (...args: unknown[]) => void printed.push(args)
    try {
      expect(await all(await connect({ http: spy, apiUrl: 'https://api.contoso.ghe.com' }), 'open', 'created')).toEqual(
        [],
      )
    } finally {
      Object.assign(console, { warn, error })
    }
    expect(printed).toEqual([])
    expect(asked.map(({ url }) => new URL(url).host)).toEqual(['api.contoso.ghe.com'])
  })
})

describe('issues kept with it', () => {
  const check = huntingCheck('lsass-access', {}, { title: 'LSASS memory read' })
  const keep = async (titles: readonly string[]): Promise<readonly string[]> => {
    const findings = titles.map((title, index) => makeFinding({ title, fingerprint: String(index).repeat(64) }))
    const client = await connect()
    return keepIssues(makeRun([makeResult(check, { findings })]), {
      client,
      redact: (text) => text,
      log,
      runUrl: undefined,
      clock: instant,
    })
  }

  it('live from the first finding to the last, on whatever page they are', async () => {
    expect(await keep(['a'])).toEqual([`${cloud.githubUrl}/contoso/payments/issues/1`])
    for (let index = 0; index < 150; index += 1) cloud.issues.add()
    await keep(['a', 'b'])
    await keep([])
    expect(cloud.issues.all[0]).toMatchObject({ state: 'closed', stateReason: 'completed' })
    for (const other of cloud.issues.all.slice(1))
      Object.assign(other, { state: 'closed', updatedAt: new Date(Date.now() + 60_000) })
    await keep(['a'])
    expect(cloud.issues.all[0]).toMatchObject({ state: 'open', stateReason: 'reopened' })
    expect(cloud.issues.all[0]!.comments.map(({ body }) => body.slice(0, 30))).toEqual([
      '**1 new finding** since the la',
      '✅ Clear since 2026-11-20 08:00',
      'The check has findings again: ',
    ])
    expect(cloud.issues.all).toHaveLength(151)
    expect(cloud.failures).toEqual([])
  })

  it.each(['reset-after-headers', 'reset-before-headers'] as const)('are not doubled by %s', async (action) => {
    faults({ route: 'issue-create', request: 1, action })
    expect(await keep(['a'])).toHaveLength(1)
    expect(cloud.issues.all).toHaveLength(1)
  })

  it.each([
    ['no address', 'no address of the web'],
    ['javascript:x', 'no address of the web'],
    ['ftp://github.example.com/api/v3', 'an address at "ftp://github.example.com"'],
    ['ftp://github.example.com/?token=hunter2', 'an address at "ftp://github.example.com"'],
    ['ftp://octocat:hunter2@github.example.com/api/v3', 'no address of the web'],
    ['ftp://octocat:22/hunter2@github.example.com', 'no address of the web'],
    ['https://octocat:hunter2@github example.com', 'no address of the web'],
    ['octocat:hunter2@github.example.com', 'no address of the web'],
  ])(
    'that can not be asked for at %s are a warning that says what GITHUB_API_URL must be, and no password',
    async (apiUrl, is) => {
      const client = await connect({ apiUrl })
      const run = makeRun([makeResult(check, { findings: [makeFinding()] })])
      expect(await keepIssues(run, { client, redact: (text) => text, log, runUrl: undefined, clock: instant })).toEqual(
        [],
      )
      expect(lines).toEqual([
        `No issues were kept: GITHUB_API_URL is ${is}, but must be one such as https://api.github.com or https://github.example.com/api/v3. The runner sets this variable: take it out of the env of the workflow. The verdict is not changed by this.`,
      ])
      expect(cloud.requests).toEqual([])
    },
  )

  it('that may not be kept are a warning with the permission to give', async () => {
    cloud.setScenario({ github: { issues: 'read' } })
    expect(await keep(['a'])).toEqual([])
    expect(lines).toEqual([
      'GitHub does not let the token keep issues: Resource not accessible by integration (status 403). Give the job "permissions: issues: write"; the token of a run for a pull request from a fork can only read. The verdict is not changed by this.',
    ])
  })
})
