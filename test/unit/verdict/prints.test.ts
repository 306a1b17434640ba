import { hash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Prints } from '../../../src/verdict/prints.ts'

const BYTES = 32

function printsOf(list: readonly string[]): Prints {
  const prints = new Prints()
  for (const print of list) prints.push(print)
  return prints
}

/** A fingerprint that starts like that. */
const starting = (start: string, end = ''): string => start + '0'.repeat(2 * BYTES - start.length - end.length) + end

const inOrder = (list: readonly string[]): string[] => [...new Set(list)].sort()

describe('Prints', () => {
  it('keeps fingerprints as they came', () => {
    const list = Array.from({ length: 300 }, (_, index) => hash('sha256', String(index % 200)))
    const prints = printsOf(list)
    expect(prints.length).toBe(300)
    expect(list.map((_, index) => prints.at(index))).toEqual(list)
  })

  it.each([0, 1, 2, 31, 32, 33, 64, 65, 5000])('gives %d of them in order, each once', (length) => {
    const list = Array.from({ length }, (_, index) => hash('sha256', String(index % 4000)))
    expect([...printsOf(list).sorted()]).toEqual(inOrder(list))
  })

  it.each([
    ['have nothing in common but the end', (index: number) => starting(index.toString(16).padStart(4, '0'))],
    [
      'differ in the last bits that are read as a number',
      (index: number) => starting(`ffffffff${index.toString(16).padStart(4, '0')}`),
    ],
    ['differ only behind that', (index: number) => starting('ffffffffffff', index.toString(16))],
    ['are two', (index: number) => starting(index % 2 === 0 ? 'ffffffffffff' : '')],
  ])('puts those in order that %s', (_, print) => {
    const list = Array.from({ length: 3000 }, (_, index) => print((index * 7919) % 3001))
    expect([...printsOf(list).sorted()]).toEqual(inOrder(list))
  })

  it('puts any of them in order', () => {
    const digits = fc.constantFrom('0', '1', 'f')
    const print = fc.array(digits, { minLength: 16, maxLength: 16 }).map((start) => starting(start.join('')))
    fc.assert(
      fc.property(fc.array(print, { maxLength: 100 }), (list) => {
        expect([...printsOf(list).sorted()]).toEqual(inOrder(list))
      }),
    )
  })
})
