/** The record of the mutation tests: one for each room, on the page, and asked for by the workflow. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { mutationPage, ROOMS, recorded } from '../../scripts/mutation.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8')

it('stands on docs/mutation.md as it was reached (npm run mutation -- --record)', () => {
  expect(read('docs/mutation.md')).toBe(mutationPage(recorded()))
})

it('has a score for every room, and the workflow asks for each', () => {
  const rooms = Object.keys(ROOMS)
  expect(Object.keys(recorded()).sort()).toEqual([...rooms].sort())
  for (const { mutants, killed, survived } of Object.values(recorded())) {
    expect(killed + survived).toBe(mutants)
    expect(mutants).toBeGreaterThan(100)
  }
  const workflow = parse(read('.github/workflows/mutation.yml')) as {
    jobs: { mutation: { strategy: { matrix: { room: readonly string[] } } } }
  }
  expect(workflow.jobs.mutation.strategy.matrix.room).toEqual(rooms)
})
