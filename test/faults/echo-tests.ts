/** That no secret is written in any cell, as tests; those of the two halves of the matrix run side by side. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import { WAYS, type Way } from '../support/sign-in.ts'
import { type EchoResult, echoRuns, runEchoing, waysOf } from './echoing.ts'
import { type Cell, nameOf, verdictOf } from './matrix.ts'

const ALWAYS = ['GitHub token', 'access token', 'proxy password', 'proxy user', 'request token']
/** What a run holds, and is given back. */
const HELD: Readonly<Record<Way, readonly string[]>> = {
  secret: [...ALWAYS, 'client secret'],
  certificate: [...ALWAYS, 'key', 'client assertion'],
  oidc: [...ALWAYS, 'ID token'],
}

/** Answers to the sign-in that have no body that is read, before which nothing else was answered. */
const BODILESS: readonly (string | undefined)[] = [
  ...['reset-before-headers', 'stall-headers', 'slow-headers', 'empty-200', 'empty-204', 'redirect', 'big-body'],
  // Of the whole world: nobody is there.
  undefined,
]
const mayBeSilent = ({ fault, route }: Cell): boolean =>
  ['id-token', 'token'].includes(route.kind) && BODILESS.includes(fault.action?.action)

export function echoTests(title: string, cells: readonly Cell[]): void {
  const runs = echoRuns(cells)

  describe(title, () => {
    let results: readonly EchoResult[] = []
    beforeAll(async () => {
      results = await runEchoing(runs)
    }, 600_000)
    const those = (wrong: (result: EchoResult) => unknown): string[] =>
      results.filter(wrong).map(({ run }) => `${run.way}: ${nameOf(run)}`)

    it('meets every cell, and each fault on each kind of route in every way to sign in', () => {
      const key = ({ route, fault, times }: Cell): string => `${route.name} / ${fault.title} / ${times}`
      expect(new Set(runs.map(key))).toEqual(new Set(cells.map(key)))
      for (const cell of cells) {
        const alike = runs.filter(({ fault, route }) => fault === cell.fault && route.kind === cell.route.kind)
        expect(new Set(alike.map(({ way }) => way))).toEqual(new Set(waysOf(cell)))
      }
    })

    it('comes to the same verdict as without an echo', () => {
      expect(those(({ run, verdict }) => verdict !== verdictOf(run))).toEqual([])
    })

    it('writes no secret anywhere, in debug mode too', () => {
      expect(results.filter(({ leaks }) => leaks.length > 0).map(({ run, leaks }) => [nameOf(run), leaks])).toEqual([])
      expect(those(({ verdict, debugLines }) => verdict !== 'error' && debugLines === 0)).toEqual([])
    })

    it('is told every secret that it holds, in a form in which it would be found', () => {
      expect(those(({ answered, edited }) => edited !== answered)).toEqual([])
      expect(those(({ run, held, echoed }) => echoed.length < held.length && !mayBeSilent(run))).toEqual([])
      expect(those(({ echoed }) => !['proxy user', 'proxy password'].every((name) => echoed.includes(name)))).toEqual(
        [],
      )
    })

    it.each(WAYS)('is told all that there is to know of a run that signs in by %s', (way) => {
      const told = results.filter(({ run }) => run.way === way).flatMap(({ echoed }) => echoed)
      expect(new Set(told.map((name) => name.replace(/ \d+$/, '')))).toEqual(new Set(HELD[way]))
    })
  })
}
