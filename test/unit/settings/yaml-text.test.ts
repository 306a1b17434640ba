import { expect, it } from '@jest/globals'
import { Problems } from '../../../src/settings/problems.ts'
import { type KeyPath, readYaml } from '../../../src/settings/yaml-text.ts'

const TEXT = `a: text
b:
  - x
  - c: 1
d: &d
  e: 2
f: *d
`

it.each<[KeyPath, number, number]>([
  [['a'], 1, 4],
  [['b', 1, 'c'], 4, 8],
  [['f', 'e'], 6, 6],
  // What is not there: the nearest parent.
  [['g'], 1, 1],
  [['a', 'b'], 1, 4],
  [['b', 2, 'c'], 2, 1],
  [['b', 1, 'g', 'h'], 4, 5],
])('%j is found at %d:%d', (path, line, column) => {
  expect(readYaml('gate.yml', TEXT, new Problems([]))?.placeOf(path)).toEqual({ file: 'gate.yml', line, column })
})
