import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Emulator, GITHUB_TOKEN, type Scenario, startEmulator } from '../../../emulator/emulator.ts'
import { type Answer, ask } from './client.ts'

let now = new Date('2026-11-20T08:00:00.123Z')
let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {}, now: () => now })
})
beforeEach(() => {
  now = new Date('2026-11-20T08:00:00.123Z')
  cloud.setScenario({})
  cloud.issues.all.length = 0
})
afterAll(() => cloud.close())

const HEADERS = { 'user-agent': 'tests', authorization: `Bearer ${GITHUB_TOKEN}` }
const ISSUES = '/repos/contoso/payments/issues'
const github = (
  path: string,
  more: { method?: string; headers?: Record<string, string>; json?: unknown } = {},
): Promise<Answer> =>
  ask(cloud, cloud.githubUrl + path, {
    method: more.method ?? 'GET',
    headers: { ...HEADERS, ...more.headers },
    ...(more.json === undefined ? {} : { body: typeof more.json === 'string' ? more.json : JSON.stringify(more.json) }),
  })
const post = (json: unknown, path = ISSUES): Promise<Answer> => github(path, { method: 'POST', json })
const patch = (number: number, json: unknown): Promise<Answer> =>
  github(`${ISSUES}/${number}`, { method: 'PATCH', json })
const numbers = (answer: Answer): number[] => answer.json.map(({ number }: { number: number }) => number)

describe('who may ask', () => {
  it.each([
    ['no token', { authorization: '' }, 401, 'Requires authentication'],
    ['another token', { authorization: 'Bearer another' }, 401, 'Bad credentials'],
    ['the token as GitHub’s own library sends it', { authorization: `token ${GITHUB_TOKEN}` }, 200, undefined],
  ])('%s', async (_, headers, status, message) => {
    const answer = await github(ISSUES, { headers })
    expect(answer.status).toBe(status)
    expect(answer.json.message).toBe(message)
  })

  it('nobody without a user agent', async () => {
    const answer = await ask(cloud, cloud.githubUrl + ISSUES, { headers: { authorization: HEADERS.authorization } })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('User-Agent')
  })

  it('for the one repository', async () => {
    expect((await github('/repos/contoso/other/issues')).json).toMatchObject({ message: 'Not Found', status: '404' })
    expect((await github('/repos/Contoso/PAYMENTS/issues')).status).toBe(200)
  })

  it.each([
    ['read', 200, 403, 'Resource not accessible by integration'],
    ['none', 403, 403, 'Resource not accessible by integration'],
    ['disabled', 200, 410, 'Issues has been disabled in this repository.'],
  ] as const)('with issues: %s', async (issues, reads, writes, message) => {
    cloud.issues.add()
    cloud.issues.add({ pullRequest: true })
    cloud.setScenario({ github: { issues } })
    const list = await github(ISSUES)
    expect(list.status).toBe(reads)
    if (issues === 'disabled') expect(numbers(list)).toEqual([2])
    for (const answer of [
      await post({ title: 'x' }),
      await patch(1, { title: 'x' }),
      await post({ body: 'x' }, `${ISSUES}/1/comments`),
    ]) {
      expect(answer).toMatchObject({ status: writes, json: { message } })
      if (writes === 403) expect(answer.headers['x-accepted-github-permissions']).toBe('issues=write')
    }
    expect(cloud.issues.all).toHaveLength(2)
  })
})

describe('the list', () => {
  it('has open ones by default, newest first, and pull requests among them', async () => {
    for (const given of [{}, { pullRequest: true }, { state: 'closed' as const }, {}]) cloud.issues.add(given)
    const answer = await github(ISSUES)
    expect(numbers(answer)).toEqual([4, 2, 1])
    expect(answer.json.map((issue: object) => 'pull_request' in issue)).toEqual([false, true, false])
    expect(answer.json[1].html_url).toBe(`${cloud.githubUrl}/contoso/payments/pull/2`)
    expect(answer.json[0]).toMatchObject({
      created_at: '2026-11-20T08:00:00Z',
      closed_at: null,
      author_association: 'OWNER',
    })
    expect(numbers(await github(`${ISSUES}?state=closed`))).toEqual([3])
    expect(numbers(await github(`${ISSUES}?state=all&direction=asc`))).toEqual([1, 2, 3, 4])
  })

  it('is sorted by the last change, and can begin at a time', async () => {
    for (let index = 0; index < 3; index += 1) cloud.issues.add()
    now = new Date('2026-11-20T09:00:00Z')
    await patch(1, { body: 'later' })
    expect(numbers(await github(`${ISSUES}?sort=updated`))).toEqual([1, 3, 2])
    expect(numbers(await github(`${ISSUES}?since=2026-11-20T08:30:00Z`))).toEqual([1])
  })

  it('has pages of 30, of 100 at most, with links to the others', async () => {
    for (let index = 0; index < 205; index += 1) cloud.issues.add()
    expect(numbers(await github(ISSUES))).toHaveLength(30)
    const first = await github(`${ISSUES}?per_page=1000`)
    expect(numbers(first)).toHaveLength(100)
    const links = (answer: Answer): Record<string, string> =>
      Object.fromEntries(
        [...(answer.headers['link'] ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel!, url!]),
      )
    expect(Object.keys(links(first))).toEqual(['next', 'last'])
    const second = await ask(cloud, links(first)['next']!, { headers: HEADERS })
    expect(numbers(second)[0]).toBe(105)
    expect(Object.keys(links(second))).toEqual(['prev', 'next', 'last', 'first'])
    const last = await ask(cloud, links(second)['next']!, { headers: HEADERS })
    expect(numbers(last)).toEqual([5, 4, 3, 2, 1])
    expect(Object.keys(links(last))).toEqual(['prev', 'first'])
    expect(numbers(await github(`${ISSUES}?page=9&per_page=100`))).toEqual([])
    expect((await github(`${ISSUES}?page=1&per_page=100&state=closed`)).headers['link']).toBeUndefined()
  })

  it.each(['state=some', 'sort=name', 'direction=up'])('refuses %s', async (query) => {
    expect(await github(`${ISSUES}?${query}`)).toMatchObject({ status: 422, json: { message: 'Validation Failed' } })
  })
})

describe('an issue', () => {
  it('is opened, read, closed and reopened', async () => {
    const made = await post({ title: 'a title', body: 'a body' })
    expect(made).toMatchObject({
      status: 201,
      json: {
        number: 1,
        state: 'open',
        title: 'a title',
        body: 'a body',
        user: { login: 'github-actions[bot]', type: 'Bot' },
      },
    })
    expect(made.headers['location']).toBe(made.json.url)
    expect((await github(`${ISSUES}/1`)).json).toEqual(made.json)
    now = new Date('2026-11-20T09:00:00Z')
    const closed = await patch(1, { state: 'closed', state_reason: 'not_planned' })
    expect(closed.json).toMatchObject({
      state: 'closed',
      state_reason: 'not_planned',
      closed_at: '2026-11-20T09:00:00Z',
      body: 'a body',
    })
    expect((await patch(1, { state: 'open' })).json).toMatchObject({
      state: 'open',
      state_reason: 'reopened',
      closed_at: null,
    })
    expect((await patch(1, { state: 'closed' })).json).toMatchObject({ state_reason: 'completed' })
    expect(cloud.issues.all[0]).toMatchObject({ state: 'closed', title: 'a title' })
  })

  it('takes comments, which are counted', async () => {
    await post({ title: 'x' })
    expect(await post({ body: 'hello' }, `${ISSUES}/1/comments`)).toMatchObject({
      status: 201,
      json: { body: 'hello' },
    })
    expect((await github(`${ISSUES}/1/comments`)).json).toMatchObject([{ body: 'hello' }])
    expect((await github(`${ISSUES}/1`)).json.comments).toBe(1)
    expect(cloud.issues.all[0]?.comments).toMatchObject([{ body: 'hello', author: { login: 'github-actions[bot]' } }])
  })

  it('that is not there is not found', async () => {
    for (const answer of [
      await github(`${ISSUES}/7`),
      await patch(7, {}),
      await post({ body: 'x' }, `${ISSUES}/7/comments`),
    ]) {
      expect(answer.status).toBe(404)
    }
  })

  it('is refused without a title, with what is too long, or what is no value', async () => {
    await post({ title: 'x' })
    const refused: [Promise<Answer>, object][] = [
      [post({}), { code: 'missing_field', field: 'title' }],
      [post({ title: ' ' }), { code: 'missing_field', field: 'title' }],
      [post({ title: 'x'.repeat(257) }), { field: 'title', message: 'title is too long (maximum is 256 characters)' }],
      [
        post({ title: 'x', body: 'x'.repeat(65_537) }),
        { field: 'body', message: 'body is too long (maximum is 65536 characters)' },
      ],
      [patch(1, { body: '🚀'.repeat(65_537) }), { field: 'body' }],
      [post({ title: 'x', body: 7 }), { field: 'body', code: 'invalid' }],
      [patch(1, { state: 'gone' }), { field: 'state' }],
      [patch(1, { state: 'closed', state_reason: 'bored' }), { field: 'state_reason' }],
      [post({ body: ' ' }, `${ISSUES}/1/comments`), { message: 'body cannot be blank' }],
      [post({ body: 'x'.repeat(65_537) }, `${ISSUES}/1/comments`), { field: 'body' }],
    ]
    for (const [asked, error] of refused) {
      expect(await asked).toMatchObject({ status: 422, json: { message: 'Validation Failed', errors: [error] } })
    }
    expect((await patch(1, { body: '🚀'.repeat(65_536) })).status).toBe(200)
    expect((await post('{')).json).toMatchObject({ message: 'Problems parsing JSON', status: '400' })
    expect((await post('[]')).status).toBe(400)
    expect(cloud.issues.all).toHaveLength(1)
  })
})

describe('faults', () => {
  const fault = (...faults: NonNullable<Scenario['faults']>): void => cloud.setScenario({ faults })

  it('hit a route by its name', async () => {
    await post({ title: 'x' })
    for (const [route, asked] of [
      ['issues', () => github(ISSUES)],
      ['issue-create', () => post({ title: 'x' })],
      ['issue-update', () => patch(1, {})],
      ['issue-comment', () => post({ body: 'x' }, `${ISSUES}/1/comments`)],
    ] as const) {
      fault({ route, request: 1, action: 'status', status: 502 })
      expect((await asked()).status).toBe(502)
      expect((await asked()).status).toBeLessThan(300)
    }
  })

  it('may break the connection before or after the issue was opened', async () => {
    fault({ route: 'issue-create', action: 'reset-before-headers' })
    await expect(post({ title: 'x' })).rejects.toThrow()
    expect(cloud.issues.all).toHaveLength(0)
    fault({ route: 'issue-create', action: 'reset-after-headers' })
    await expect(post({ title: 'x' })).rejects.toThrow()
    expect(cloud.issues.all).toHaveLength(1)
  })
})

it('serves the paths of GitHub Enterprise Server', async () => {
  await post({ title: 'x' }, `/api/v3${ISSUES}`)
  expect(numbers(await github(`/api/v3${ISSUES}`))).toEqual([1])
})

it('keeps issues when the scenario is replaced', async () => {
  await post({ title: 'x' })
  cloud.setScenario({})
  expect(numbers(await github(ISSUES))).toEqual([1])
  expect(cloud.failures).toEqual([])
})
