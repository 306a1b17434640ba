/** Many files are shared by two threads; whatever becomes of the second one, every file is checked. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createFiles } from '../../../src/files.ts'
import { secondThread } from '../../../src/second-thread.ts'
import { type Beside, checkShare, type Share, validateQueries } from '../../../src/validate-queries.ts'

const ENTRY = fileURLToPath(new URL('../../../src/validate.ts', import.meta.url))
const workspace = mkdtempSync(join(tmpdir(), 'defender-gate-threads-'))
const files = createFiles(workspace)
const COUNT = 220
const names = Array.from({ length: COUNT }, (_, number) => `hunting/${String(number).padStart(3, '0')}.kql`)

beforeAll(() => {
  mkdirSync(join(workspace, 'hunting'))
  // One in ten has a fault of its own.
  for (const [number, name] of names.entries()) {
    const column = number % 10 === 0 ? `Devic${number}` : 'DeviceName'
    writeFileSync(join(workspace, name), `DeviceInfo | where ${column} == "${number}"\n`)
  }
  writeFileSync(join(workspace, 'schema.json'), '{"tables":{"Own_CL":{"Host":"string"}}}')
})
afterAll(() => rmSync(workspace, { recursive: true, force: true }))

const validate = (beside?: (share: Share) => Beside, queries = ['hunting/*.kql']) =>
  validateQueries({ queries, schema: undefined, failOn: 'error', files, beside })

const shareOf = (more: Partial<Share> = {}): Share => ({
  files: names,
  schema: undefined,
  taken: new Int32Array(new SharedArrayBuffer(4)),
  ...more,
})

/** Waits until the thread has its share before the first one takes its own. */
const taking = (share: Share, many: number): void => void Atomics.add(share.taken, 0, many)

describe('the second thread', () => {
  it('checks what it takes, as the first one would', async () => {
    const alone = await checkShare(shareOf(), files)
    const beside = secondThread(ENTRY, workspace)!(shareOf())
    const checked = await beside.checked()
    beside.end()
    expect(checked?.size).toBe(COUNT)
    expect(new Map(checked)).toEqual(new Map(alone))
    expect([...checked!.values()].flat()).toHaveLength(COUNT / 10)
  })

  it('knows the tables of the schema file', async () => {
    writeFileSync(join(workspace, 'own.kql'), 'Own_CL | where Hos == "x"')
    const beside = secondThread(ENTRY, workspace)!(shareOf({ files: ['own.kql'], schema: 'schema.json' }))
    const checked = await beside.checked()
    beside.end()
    expect(checked?.get(0)).toMatchObject([{ code: 'kql-unknown-column', file: 'own.kql' }])
  })

  it.each([
    ['throws', 'throw new Error("boom")'],
    ['ends', 'process.exit(0)'],
    ['says nothing', ''],
    ['is no script', 'const'],
  ])('that %s has checked nothing', async (_what, source) => {
    const script = join(workspace, 'thread.mjs')
    writeFileSync(script, source)
    const beside = secondThread(script, workspace)!(shareOf())
    expect(await beside.checked()).toBeUndefined()
    beside.end()
  })
})

describe('two threads', () => {
  it('say together what one says alone', async () => {
    let besides = 0
    const together = await validate((share) => {
      besides += 1
      // Half is taken before the first thread comes.
      taking(share, 64)
      const half = checkShare(share, files, [[...names.keys()].slice(0, 64)])
      return { checked: () => half, end: () => undefined }
    })
    expect(besides).toBe(1)
    expect(together).toEqual(await validate())
    expect(together).toMatchObject({ verdict: 'passed', warnings: 22, files: names })
  })

  it('share the files, each of which one of them takes', async () => {
    const share = shareOf()
    const [one, two] = await Promise.all([checkShare(share, files), checkShare(share, files)])
    expect(one.size).toBeGreaterThan(0)
    expect(two.size).toBeGreaterThan(0)
    expect([...one.keys(), ...two.keys()].sort((a, b) => a - b)).toEqual([...names.keys()])
  })

  it.each<[string, (share: Share) => Beside['checked']]>([
    ['all of them', () => async () => undefined],
    [
      'some of them',
      (share) => async () => new Map([...(await checkShare(share, files, [[0, 1, 2]]))].filter(([n]) => n !== 1)),
    ],
  ])('lose nothing where the second one leaves behind %s', async (_what, checked) => {
    const together = await validate((share) => {
      taking(share, 48)
      return { checked: checked(share), end: () => undefined }
    })
    expect(together).toEqual(await validate())
  })

  it('do not wait for the second one where nothing is left for it, and end it', async () => {
    let ended = 0
    const together = await validate(() => ({
      checked: () => Promise.reject(new Error('nobody asks')),
      end: () => {
        ended += 1
      },
    }))
    expect(together.files).toEqual(names)
    expect(ended).toBe(1)
  })

  it('are not needed for few files', async () => {
    const few = await validate(() => {
      throw new Error('nobody asks')
    }, ['hunting/00*.kql'])
    expect(few.files).toHaveLength(10)
  })
})
