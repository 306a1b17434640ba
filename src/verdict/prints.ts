/** Fingerprints by the hundred thousand: 32 bytes each, in place of a string of 80. */

/** Of a SHA-256. */
const BYTES = 32
const FIRST_ROOM = 64
/** How many values the two first bytes can have. */
const STARTS = 0x10000
/** Up to here, comparing them all is faster than going through all that the two first bytes can be. */
const FEW = 2000

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

  /** In order, each once. */
  *sorted(): Generator<string> {
    // Stryker disable next-line ConditionalExpression,EqualityOperator: for speed alone
    const order = this.#length <= FEW ? this.#compared() : this.#spread()
    for (let at = 0; at < order.length; at += 1) {
      if (at === 0 || this.#compare(order[at - 1]!, order[at]!) !== 0) yield this.at(order[at]!)
    }
  }

  #compared(): Uint32Array {
    return Uint32Array.from({ length: this.#length }, (_, index) => index).sort((a, b) => this.#compare(a, b))
  }

  /** Fingerprints are even in their first bytes, so that few share them and are left to be compared. */
  #spread(): Uint32Array {
    const places = new Uint32Array(STARTS)
    for (let index = 0; index < this.#length; index += 1) places[this.#start(index)]! += 1
    let before = 0
    places.forEach((count, start) => {
      places[start] = before
      before += count
    })
    const order = new Uint32Array(this.#length)
    // Each place goes up to the end of its part, where the next one begins.
    for (let index = 0; index < this.#length; index += 1) {
      const start = this.#start(index)
      order[places[start]!] = index
      places[start]! += 1
    }
    let begin = 0
    for (const end of places) {
      // Nearly none needs it, and 65,536 views would be 20 MiB of garbage.
      // Stryker disable next-line ConditionalExpression,EqualityOperator,ArithmeticOperator: for speed and memory alone
      if (end - begin > 1) order.subarray(begin, end).sort((a, b) => this.#compare(a, b))
      begin = end
    }
    return order
  }

  #start(index: number): number {
    return this.#bytes.readUInt16BE(index * BYTES)
  }

  #compare(a: number, b: number): number {
    const bytes = this.#bytes
    return bytes.compare(bytes, b * BYTES, (b + 1) * BYTES, a * BYTES, (a + 1) * BYTES)
  }
}
