/** Fingerprints by the hundred thousand: 32 bytes each, in place of a string of 80. */

/** Of a SHA-256. */
const BYTES = 32
const FIRST_ROOM = 64
/** Of the start of a fingerprint that is read as one number. */
const START_BYTES = 6
/** Whole numbers up to here are exact. */
const EXACT = 2 ** 53

export class Prints {
  #bytes = Buffer.alloc(FIRST_ROOM * BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Adds a fingerprint, in lower-case hex as everywhere. */
  push(print: string): void {
    const at = this.#length * BYTES
    if (at === this.#bytes.length) {
      const more = Buffer.alloc(2 * at)
      this.#bytes.copy(more)
      this.#bytes = more
    }
    this.#bytes.write(print, at, 'hex')
    this.#length += 1
  }

  at(index: number): string {
    return this.#bytes.toString('hex', index * BYTES, (index + 1) * BYTES)
  }

  /**
   * In order, each once. Numbers are sorted several times faster than by a function that compares: the start of a fingerprint,
   * as much of it as there is room for, and the index behind it. The few that start alike are left to be compared.
   */
  *sorted(): Generator<string> {
    const indexes = 2 ** Math.ceil(Math.log2(this.#length + 1))
    const keys = this.#keys(indexes).sort()
    // Stryker disable next-line ArrowFunction: for speed alone, and so are the next two
    const start = (at: number): number => Math.floor(keys[at]! / indexes)
    let begin = 0
    for (let end = 1; end <= keys.length; end += 1) {
      // Stryker disable next-line ConditionalExpression,EqualityOperator,LogicalOperator
      if (end < keys.length && start(end) === start(begin)) continue
      const first = this.at(keys[begin]! % indexes)
      // Stryker disable next-line ConditionalExpression,ArithmeticOperator
      if (end - begin === 1) yield first
      else {
        const alike = new Set([first])
        for (let at = begin + 1; at < end; at += 1) alike.add(this.at(keys[at]! % indexes))
        yield* [...alike].sort()
      }
      begin = end
    }
  }

  #keys(indexes: number): Float64Array {
    // Stryker disable next-line ArithmeticOperator: for speed alone, where it is too large
    const cut = Math.max(1, (2 ** (8 * START_BYTES) * indexes) / EXACT)
    const keys = new Float64Array(this.#length)
    for (let index = 0; index < keys.length; index += 1) {
      keys[index] = Math.floor(this.#bytes.readUIntBE(index * BYTES, START_BYTES) / cut) * indexes + index
    }
    return keys
  }
}
