/**
 * Reads a hunting answer while it arrives: rows are decoded, handed on and let go of, batch by batch, so that an answer of
 * 50 MB is never held. Where the schema comes behind the rows or not at all, their bytes are kept until it is known.
 */
import { isUtf8 } from 'node:buffer'
import type { Column, HuntingResult, Row, Sink } from '../model.ts'
import { ArrayCutter } from './array-cutter.ts'
import { ColumnsOfRows, columnsOf, kindOf, member, rowDecoder, ShapeError } from './cells.ts'
import { isObject, parseExact } from './json.ts'

/** The service returns this many rows at most, and says nothing when there were more. */
export const ROW_LIMIT = 100_000

/** Gives what takes the rows of an answer with these columns. */
export type OpenRows<Rows> = (columns: readonly Column[]) => Rows

interface Batch {
  readonly elements: Buffer
  readonly digits: boolean
}

/** What is known once the columns are. */
interface Reading<Rows> {
  readonly columns: readonly Column[]
  readonly rows: Rows
  readonly decode: (row: unknown) => Row
}

/**
 * Reads one answer: `push` its pieces, then `end`, then `result`. Nothing is thrown before the end, so that an answer that
 * breaks off is told as such, whatever else is wrong with it.
 */
export class HuntingReader<Rows extends Sink<Row>> {
  readonly #open: OpenRows<Rows>
  readonly #cutter: ArrayCutter
  readonly #seen = new Set<string>()
  readonly #fromRows = new ColumnsOfRows()
  /** Rows that wait for the columns. */
  #held: Batch[] = []
  #reading: Reading<Rows> | undefined
  #rows = 0
  #batches = 0
  #lacking = false
  /** The first thing that is wrong with the JSON, and the first with what it says. */
  #broken: { readonly thrown: unknown } | undefined
  #wrong: { readonly thrown: unknown } | undefined

  constructor(open: OpenRows<Rows>) {
    this.#open = open
    this.#cutter = new ArrayCutter({
      cutsArray: (name) => name.toLowerCase() === 'results' && this.#first('results'),
      member: (name, value) => this.#member(name, value),
      batch: (elements, digits) => this.#batch({ elements, digits }),
    })
  }

  push(piece: Buffer): void {
    this.#cutter.push(piece)
  }

  /**
   * The answer with no rows in it, once all of it has come.
   * @throws SyntaxError, RangeError as `parseExact` does
   */
  end(): unknown {
    const bytes = this.#cutter.end()
    if (this.#broken !== undefined) throw this.#broken.thrown
    if (this.#lacking && this.#batches > 1) throw new SyntaxError('an element is missing')
    return parseExact({ bytes })
  }

  /**
   * Columns come from the schema. Without a schema they come from the rows; a schema without `results` is an empty result;
   * without either there is nothing to tell an empty result from a broken one.
   * @param answer what `end` gave
   * @throws ShapeError, and what the sink throws
   */
  result(answer: unknown): HuntingResult<Rows> {
    if (!isObject(answer)) throw new ShapeError(`${kindOf(answer)} in place of an object`)
    const schema = member(answer, 'schema')
    const results = member(answer, 'results') ?? undefined
    if (results !== undefined && !Array.isArray(results)) throw new ShapeError(`results that are ${kindOf(results)}`)
    if (results === undefined && (schema === undefined || schema === null)) {
      throw new ShapeError('neither a schema nor results')
    }
    if (this.#wrong !== undefined) throw this.#wrong.thrown
    const { columns, rows } = this.#reading ?? this.#readHeld(columnsOf(schema))
    return { columns, rows, truncated: this.#rows >= ROW_LIMIT }
  }

  #readHeld(told: readonly Column[]): Reading<Rows> {
    const reading = this.#begin(told.length > 0 ? told : this.#fromRows.columns())
    const held = this.#held.reverse()
    for (let batch = held.pop(); batch !== undefined; batch = held.pop()) hand(parsed(batch), reading)
    return reading
  }

  #begin(columns: readonly Column[]): Reading<Rows> {
    return { columns, rows: this.#open(columns), decode: rowDecoder(columns) }
  }

  // --- while it arrives -------------------------------------------------------------------------------------------------

  #first(name: string): boolean {
    const first = !this.#seen.has(name)
    this.#seen.add(name)
    return first
  }

  #member(spelled: string, value: Buffer): void {
    const name = spelled.toLowerCase()
    if (name !== 'schema' && name !== 'results') return
    // What comes twice says two things, of which one would be overlooked.
    if (!this.#first(name)) this.#fail(new ShapeError(`${name === 'schema' ? 'a schema' : name} that came twice`))
    if (name === 'results' || this.#wrong !== undefined || this.#batches > 0) return
    try {
      const columns = columnsOf(parseExact({ bytes: value }))
      if (columns.length > 0) this.#reading = this.#begin(columns)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #batch(batch: Batch): void {
    let elements: readonly unknown[]
    try {
      elements = parsed(batch)
    } catch (thrown) {
      this.#broken ??= { thrown }
      return
    }
    this.#batches += 1
    this.#rows += elements.length
    if (elements.length === 0) this.#lacking = true
    if (this.#wrong !== undefined) return
    try {
      if (this.#reading === undefined) this.#hold(batch, elements)
      else hand(elements, this.#reading)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #hold({ elements, digits }: Batch, rows: readonly unknown[]): void {
    this.#held.push({ elements: Buffer.from(elements), digits })
    for (const row of rows) this.#fromRows.add(row)
  }

  #fail(thrown: unknown): void {
    this.#wrong ??= { thrown }
    this.#held = []
  }
}

function hand(elements: readonly unknown[], { rows, decode }: Reading<Sink<Row>>): void {
  for (const element of elements) rows.push(decode(element))
}

/** A batch always begins and ends with the brackets of a list. */
function parsed({ elements, digits }: Batch): readonly unknown[] {
  if (digits) return parseExact({ bytes: elements }) as readonly unknown[]
  if (!isUtf8(elements)) throw new SyntaxError('not UTF-8')
  return JSON.parse(elements.toString('utf8')) as readonly unknown[]
}
