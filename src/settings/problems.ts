/** Gathers every problem of a run, and turns faults into sentences without a secret in them. */
import { cloudUnsupported, type Subject, valueInvalid, valueMissing, valueTwice } from '../errors/settings.ts'
import type { GateError } from '../errors.ts'
import type { Fault } from './parse.ts'
import { hideSecrets, shortName, show } from './show.ts'

/** A file of thousands of wrong lines is told by its first ones. */
const MOST = 500

export class Problems {
  readonly #list: GateError[] = []
  readonly #secrets: readonly string[]

  /** `secrets` are texts that no message may hold. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
  }

  /** The inputs' first, then the file's by line. */
  get all(): readonly GateError[] {
    const line = ({ place }: GateError): number => place?.line ?? 0
    const column = ({ place }: GateError): number => place?.column ?? 0
    return this.#list.toSorted((a, b) => line(a) - line(b) || column(a) - column(b))
  }

  /** No more are taken. */
  get full(): boolean {
    return this.#list.length >= MOST
  }

  input(name: string): Subject {
    return { name: `The input \`${name}\``, place: undefined }
  }

  add(problem: GateError): void {
    if (this.full) return
    // A value in `defaults` can be wrong for several checks in the same way.
    const told = this.#list.some(({ message }) => message === problem.message)
    if (!told) this.#list.push(problem)
  }

  /** A value as messages show it. */
  show(value: unknown): string {
    return show(value, this.#secrets)
  }

  /** A name that was given, such as a key of the file. */
  name(text: string, longest?: number): string {
    return shortName(hideSecrets(text, this.#secrets), longest)
  }

  faults(subject: Subject, faults: readonly Fault[]): void {
    for (const fault of faults) {
      // A suggestion is made of what was given, and would tell a secret in another spelling.
      const tells = this.#secrets.some((secret) => typeof fault.given === 'string' && fault.given.includes(secret))
      const mend = tells ? undefined : fault.mend
      if (fault.unsupported !== undefined)
        this.add(cloudUnsupported(subject, this.show(fault.given), fault.unsupported))
      else if (fault.twice === true) this.add(valueTwice(subject, this.show(fault.given)))
      else if (fault.given === undefined) this.add(valueMissing(subject, fault.needs))
      else this.add(valueInvalid(subject, this.show(fault.given), fault.needs, mend))
    }
  }
}
