/** Findings without their details: what is left of them with `details: counts`, where no report may tell more. */
import type { Finding, Findings } from '../model.ts'
import { Prints } from './prints.ts'

/** What many findings share. */
type Kind = Pick<Finding, 'severity' | 'status' | 'suppression'>

const FIRST_ROOM = 64

/** A hundred thousand findings are 4 MB here, and 20 MB as objects: these are made while they are gone through. */
export class CompactFindings implements Findings {
  readonly #prints = new Prints()
  /** Of each finding its place in `#kinds`. */
  #kindOf = new Uint32Array(FIRST_ROOM)
  // Stryker disable next-line ArrayDeclaration: a kind that no finding has
  readonly #kinds: Kind[] = []

  get length(): number {
    return this.#prints.length
  }

  push({ fingerprint, severity, status, suppression }: Kind & Pick<Finding, 'fingerprint'>): void {
    const at = this.#prints.length
    if (at === this.#kindOf.length) {
      const more = new Uint32Array(2 * at)
      more.set(this.#kindOf)
      this.#kindOf = more
    }
    this.#kindOf[at] = this.#kind(severity, status, suppression)
    this.#prints.push(fingerprint)
  }

  *[Symbol.iterator](): Generator<Finding> {
    for (let at = 0; at < this.length; at += 1)
      yield new CompactFinding(this.#prints, at, this.#kinds[this.#kindOf[at]!]!)
  }

  #kind(severity: Kind['severity'], status: Kind['status'], suppression: Kind['suppression']): number {
    const known = this.#kinds.findLastIndex(
      // Stryker disable next-line ArrowFunction: to save memory alone
      (kind) => kind.severity === severity && kind.status === status && kind.suppression === suppression,
    )
    // Stryker disable next-line ConditionalExpression,EqualityOperator: to save memory alone
    if (known >= 0) return known
    return this.#kinds.push({ severity, status, suppression }) - 1
  }
}

const NO_DATA = {}

/** Who only counts needs no fingerprint, so it is written out when it is asked for. */
class CompactFinding implements Finding {
  readonly title = ''
  readonly url = undefined
  readonly at = undefined
  readonly data = NO_DATA
  readonly #prints: Prints
  readonly #at: number
  readonly #kind: Kind

  constructor(prints: Prints, at: number, kind: Kind) {
    this.#prints = prints
    this.#at = at
    this.#kind = kind
  }

  get fingerprint(): string {
    return this.#prints.at(this.#at)
  }

  get severity(): Finding['severity'] {
    return this.#kind.severity
  }

  get status(): Finding['status'] {
    return this.#kind.status
  }

  get suppression(): Finding['suppression'] {
    return this.#kind.suppression
  }
}
