/** The language service is made faster by other helpers, by work left out, and by a shorter script: it has to say the same. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const PROGRAM = fileURLToPath(new URL('./service-says.ts', import.meta.url))

/** In a process of its own: the service stands in the global object, which is slow in the worlds that jest makes. */
function says(kind: 'original' | 'helped' | 'light'): string {
  const command = ['--disable-warning=ExperimentalWarning', PROGRAM, kind]
  return execFileSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 100_000_000 })
}

describe('the language service', () => {
  const original = says('original')

  it('says the same with other helpers and without the grammar', () => {
    expect(says('helped') === original).toBe(true)
  })

  it('says the same from the script of the bundle', () => {
    expect(says('light') === original).toBe(true)
  })

  it('is compared by texts that have something to say', () => {
    for (const word of ['KS142', 'KS204', 'KS006', '"Command"', 'DeviceName:string']) expect(original).toContain(word)
  })
})
