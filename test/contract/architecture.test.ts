import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'

const src = resolve(import.meta.dirname, '../../src')
const ROOMS = ['network', 'settings', 'identity', 'security-api', 'checks', 'verdict', 'report', 'kql', 'cli', 'errors']

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(src, resolve(dirname(join(src, file)), match[1]!)),
  )
}

describe('the one-way flow', () => {
  it.each(ROOMS)('%s imports nothing but itself, the model and the errors', (room) => {
    const strangers = files
      .filter((file) => file.startsWith(`${room}/`))
      .flatMap((file) =>
        importsOf(file)
          .filter(
            (target) =>
              !target.startsWith(`${room}/`) &&
              target !== 'model.ts' &&
              target !== 'errors.ts' &&
              target !== `errors/${room}.ts`,
          )
          .map((target) => `${file} imports ${target}`),
      )
    expect(strangers).toEqual([])
  })

  it('the ground imports no room', () => {
    for (const file of ['model.ts', 'errors.ts']) {
      expect(importsOf(file).filter((target) => target.includes('/'))).toEqual([])
    }
  })

  it('every folder of src is a room that this test knows', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!))
    expect([...folders].filter((folder) => !ROOMS.includes(folder))).toEqual([])
  })

  it('no module below the entries reads the environment, the clock or the files by itself', () => {
    const worldly = files
      .filter((file) => file.includes('/') && !file.startsWith('errors/'))
      .flatMap((file) => {
        const code = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
        return [/process\.env/, /Date\.now\(/, /new Date\(\)/, /'node:fs(\/promises)?'/]
          .filter((pattern) => pattern.test(code))
          .map((pattern) => `${file}: ${pattern}`)
      })
    expect(worldly).toEqual([])
  })

  it('has no cycles', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file)]))
    const done = new Set<string>()
    const visit = (file: string, trail: string[]): void => {
      if (trail.includes(file)) throw new Error(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`)
      if (done.has(file)) return
      for (const target of graph.get(file) ?? []) visit(target, [...trail, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
  })
})
