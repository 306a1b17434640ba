/** Seeded randomness: the same seed gives the same data. */
import { createHash } from 'node:crypto'

export interface Random {
  /** At least 0 and below 1. */
  next(): number
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  hex(length: number): string
  guid(): string
}

/** Mulberry32. */
export function seeded(seed: number | string): Random {
  let state = typeof seed === 'number' ? seed >>> 0 : createHash('sha256').update(seed).digest().readUInt32LE(0)
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const hex = (length: number) => {
    let text = ''
    while (text.length < length) text += below(0x1000_0000).toString(16).padStart(7, '0')
    return text.slice(0, length)
  }
  return {
    next,
    below,
    hex,
    pick: (list) => list[below(list.length)]!,
    guid: () => [8, 4, 4, 4, 12].map(hex).join('-'),
  }
}
