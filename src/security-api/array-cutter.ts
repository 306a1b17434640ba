/**
 * Cuts a JSON document while it arrives: the elements of one large array come out in batches, and what is left is the document
 * with that array empty. Only quotes, escapes and brackets are looked at; what the parts hold is for `JSON.parse` to read and
 * to refuse. That is sound: the document is valid JSON exactly when what is left of it is, and each of the batches.
 */
import { MAX_DEPTH } from './json.ts'

export interface Cuts {
  /** Whether the elements of this array, a member of the outermost object, are to come in batches. */
  cutsArray(name: string): boolean
  /** Any other member of the outermost object. The bytes are good during the call only. */
  member(name: string, value: Buffer): void
  /**
   * Some of the elements, as a JSON array. The bytes are good during the call only. An empty batch stands for an element that
   * is missing, unless it is the only one.
   * @param digits there are 16 digits or more in a row outside of strings: perhaps an integer that a `number` can't hold
   */
  batch(elements: Buffer, digits: boolean): void
}

/** Bytes of a batch. What is made of it is gone again before the engine takes it for lasting. */
const BATCH = 64 * 1024
/** Longer names are not told: those that matter have seven letters, of six bytes each at most. */
const LONGEST_NAME = 64
const LONG_DIGITS = 16
/** In so many bytes the engine comes to compile the loop over strings; before that, a search for their end is far faster. */
const COLD = 256 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

export class ArrayCutter {
  readonly #cuts: Cuts
  readonly #cold: number
  /** What came and is not dealt with yet, from `#from` up to `#used`. */
  #bytes = Buffer.allocUnsafeSlow(2 * BATCH)
  #from = 0
  #used = 0
  /** The next byte to look at; one beyond `#used` where the last one was a backslash. */
  #at = 0
  #inString = false
  #looked = 0
  #depth = 0
  #tooDeep = false
  #digits = 0
  #longDigits = false
  /** Within the array: `#from` is its bracket, or the comma at which it was cut last. */
  #inArray = false
  /** What comes next in the outermost object. */
  #next: 'name' | 'colon' | 'value' | 'rest' = 'rest'
  #name = ''
  #start = 0
  /** The document without the elements. */
  readonly #rest: Buffer[] = []

  /** @param cold bytes; after so many the loop over strings is taken for compiled */
  constructor(cuts: Cuts, cold = COLD) {
    this.#cuts = cuts
    this.#cold = cold
  }

  /** Takes the next piece of the document. It may end anywhere, also within a character or an escape. */
  push(piece: Buffer): void {
    this.#makeRoom(piece.length)
    this.#used += piece.copy(this.#bytes, this.#used)
    this.#scan()
    this.#looked += piece.length
  }

  /**
   * The document with the array empty, once all of it has come.
   * @throws SyntaxError where it ends within the array, RangeError where it is nested deeper than `MAX_DEPTH`
   */
  end(): Buffer {
    if (this.#tooDeep) throw new RangeError('nested too deeply')
    if (this.#inArray) throw new SyntaxError('cut off')
    this.#rest.push(this.#bytes.subarray(this.#from, this.#used))
    return Buffer.concat(this.#rest)
  }

  #makeRoom(length: number): void {
    const { buffer } = this.#bytes
    if (this.#used + length <= buffer.byteLength) return
    const kept = this.#used - this.#from
    const bytes =
      kept + length <= buffer.byteLength ? this.#bytes : Buffer.allocUnsafeSlow(Math.max(2 * kept, kept + length))
    this.#bytes.copy(bytes, 0, this.#from, this.#used)
    this.#bytes = bytes
    this.#at -= this.#from
    this.#start -= this.#from
    this.#used = kept
    this.#from = 0
  }

  #scan(): void {
    const bytes = this.#bytes
    const end = this.#used
    let at = this.#at
    while (at < end) {
      if (this.#inString) {
        if (this.#looked < this.#cold) at = endOfText(bytes, at, end)
        else while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
        if (at >= end) break
        at += 1
        this.#inString = false
        if (this.#depth === 1 && this.#next === 'name') this.#endName(at)
        continue
      }
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.#inString = true
        this.#digits = 0
        if (this.#depth === 1) this.#startName(at)
      } else if (byte >= DIGIT_0 && byte <= DIGIT_9) {
        this.#digits += 1
        if (this.#digits >= LONG_DIGITS) this.#longDigits = true
      } else {
        this.#digits = 0
        this.#sign(byte, at)
      }
      at += 1
    }
    this.#at = at
  }

  #sign(byte: number, at: number): void {
    switch (byte) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#opens(byte, at)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#closes(at)
        break
      case COMMA:
        if (this.#inArray) {
          if (this.#depth === 2 && at - this.#from >= BATCH) this.#cut(at)
        } else if (this.#depth === 1) {
          this.#endMember(at)
          this.#next = 'name'
        }
        break
      case COLON:
        if (this.#depth === 1 && this.#next === 'colon') {
          this.#next = 'value'
          this.#start = at + 1
        }
        break
    }
  }

  #opens(byte: number, at: number): void {
    if (this.#depth === 0 && byte === OPEN_BRACE) this.#next = 'name'
    else if (this.#depth === 1 && byte === OPEN_BRACKET && this.#next === 'value') this.#startArray(at)
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) this.#tooDeep = true
  }

  #closes(at: number): void {
    this.#depth -= 1
    if (this.#depth === 1 && this.#inArray) this.#endArray(at)
    else if (this.#depth === 0) this.#endMember(at)
  }

  // --- the outermost object -------------------------------------------------------------------------------------------

  #startName(at: number): void {
    if (this.#next === 'name') this.#start = at
  }

  #endName(end: number): void {
    this.#next = 'colon'
    this.#name = end - this.#start > LONGEST_NAME ? '' : decoded(this.#bytes.toString('utf8', this.#start, end))
  }

  #endMember(at: number): void {
    if (this.#next === 'value') this.#cuts.member(this.#name, this.#bytes.subarray(this.#start, at))
    this.#next = 'rest'
  }

  // --- the array ------------------------------------------------------------------------------------------------------

  #startArray(at: number): void {
    if (!this.#cuts.cutsArray(this.#name)) return
    this.#rest.push(Buffer.from(this.#bytes.subarray(this.#from, at + 1)))
    this.#from = at
    this.#inArray = true
    this.#longDigits = false
  }

  #endArray(at: number): void {
    const byte = this.#bytes[at]!
    this.#cut(at)
    // In what is left it is told whether the array ends with the right bracket.
    this.#bytes[at] = byte
    this.#inArray = false
    this.#next = 'rest'
  }

  /** Everything up to here, a comma or the end, is a batch: both of its ends are made brackets in place. */
  #cut(at: number): void {
    const bytes = this.#bytes
    bytes[this.#from] = OPEN_BRACKET
    bytes[at] = CLOSE_BRACKET
    if (!this.#tooDeep) this.#cuts.batch(bytes.subarray(this.#from, at + 1), this.#longDigits)
    this.#from = at
    this.#longDigits = false
  }
}

/** The place of the quote that ends a string; without one before `end`, where to go on: beyond it behind a lone backslash. */
function endOfText(bytes: Buffer, start: number, end: number): number {
  for (let from = start; ; ) {
    const quote = bytes.indexOf(QUOTE, from)
    const at = quote < 0 || quote > end ? end : quote
    let slashes = 0
    while (at - slashes > from && bytes[at - slashes - 1] === BACKSLASH) slashes += 1
    if (at === end) return slashes % 2 === 0 ? end : end + 1
    if (slashes % 2 === 0) return at
    from = at + 1
  }
}

/** A name as `JSON.parse` reads it; one that is no JSON is told when the document is read. */
function decoded(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return ''
  }
}
