import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import {
  cancelOnSignal,
  docsUrl,
  eitherCase,
  proxySecrets,
  readInputs,
  readProxy,
  readVisibility,
  systemClock,
  variable,
  wantsColour,
} from '../../src/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'defender-gate-world-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the environment', () => {
  it('an empty variable is not there; the lower-case proxy variable wins', () => {
    expect(variable({ A: '' }, 'A')).toBeUndefined()
    expect(eitherCase({ HTTPS_PROXY: 'a', https_proxy: 'b' }, 'HTTPS_PROXY')).toBe('b')
    expect(eitherCase({ HTTPS_PROXY: 'a', https_proxy: '' }, 'HTTPS_PROXY')).toBe('a')
  })

  it('inputs come by name, trimmed but for KQL, empty ones left out, unknown ones told', () => {
    const env = {
      'INPUT_TENANT-ID': ' a\n',
      INPUT_CHECK: '  ',
      INPUT_CHEKC: 'x',
      PATH: '/bin',
      INPUT_QUERY: 'T\n| take 1 ',
    }
    expect(readInputs(env, ['tenant-id', 'check', 'query'])).toEqual({
      inputs: { 'tenant-id': 'a', query: 'T\n| take 1 ' },
      unknownInputs: ['chekc'],
    })
  })

  it.each([
    ['{"repository":{"visibility":"internal","private":true}}', 'internal'],
    ['{"repository":{"visibility":"public"}}', 'public'],
    ['{"repository":{"private":true}}', 'private'],
    ['{"repository":{"private":false}}', 'public'],
    ['{"repository":{"visibility":"secret"}}', undefined],
    ['{"schedule":"x"}', undefined],
    ['not JSON', undefined],
  ])('the event %s says %s', (event, visibility) => {
    const path = join(folder, 'event.json')
    writeFileSync(path, event)
    expect(readVisibility({ GITHUB_EVENT_PATH: path })).toBe(visibility)
  })

  it('without an event nothing is known of the repository', () => {
    expect(readVisibility({})).toBeUndefined()
    expect(readVisibility({ GITHUB_EVENT_PATH: join(folder, 'none.json') })).toBeUndefined()
  })

  it('credentials of a proxy are secrets, percent-encoded, plain and as they are sent', () => {
    const basic = Buffer.from('ana:p@ss').toString('base64')
    expect(
      proxySecrets(readProxy({ HTTPS_PROXY: 'http://ana:p%40ss@proxy:8080', http_proxy: 'http://proxy' })),
    ).toEqual(['ana', 'p%40ss', 'ana', 'p@ss', basic])
    expect(proxySecrets(readProxy({ HTTPS_PROXY: 'ana:p%zz@proxy:8080' }))).toContain('p%zz')
    expect(proxySecrets(readProxy({ HTTPS_PROXY: 'http://proxy:8080', HTTP_PROXY: 'no url' }))).toEqual([])
  })

  it('colours are for terminals, unless the environment says otherwise', () => {
    expect([wantsColour({}, true), wantsColour({}, false), wantsColour({ TERM: 'dumb' }, true)]).toEqual([
      true,
      false,
      false,
    ])
    expect([wantsColour({ NO_COLOR: '1' }, true), wantsColour({ FORCE_COLOR: '1' }, false)]).toEqual([false, true])
    expect(wantsColour({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false)
    expect(wantsColour({ FORCE_COLOR: '0' }, true)).toBe(false)
  })

  it('the first signal cancels', () => {
    const before = process.listenerCount('SIGTERM')
    const signal = cancelOnSignal()
    process.emit('SIGTERM')
    expect(signal.aborted).toBe(true)
    expect(process.listenerCount('SIGTERM')).toBe(before)
    process.removeAllListeners('SIGINT')
  })

  it('docs are those of the version that runs', () => {
    const env = {
      GITHUB_ACTION_REPOSITORY: 'acme/gate',
      GITHUB_ACTION_REF: 'v1.2.3',
      GITHUB_SERVER_URL: 'https://ghe.example',
    }
    expect(docsUrl(env)).toBe('https://ghe.example/acme/gate/blob/v1.2.3/docs')
    expect(docsUrl({})).toBe('https://github.com/defender-gate/defender-gate/blob/main/docs')
  })

  it('sleep ends at once when it is aborted', async () => {
    const cancel = new AbortController()
    const sleeping = systemClock.sleep(60_000, cancel.signal)
    cancel.abort()
    await expect(sleeping).rejects.toThrow()
  })
})
