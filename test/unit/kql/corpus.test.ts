import { describe, expect, it } from '@jest/globals'
import { locate, type QueryFile, readQueryFile } from '../../../src/checks/query-files.ts'
import { kusto, type SyntaxElement } from '../../../src/kql/kusto.ts'
import { analyse, isKind, walk } from '../../../src/kql/language-service.ts'
import { DEFENDER_SCHEMA } from '../../../src/kql/schema.ts'
import { check, corpus, globals, validateFiles } from './support.ts'

describe('valid queries', () => {
  it('get no diagnostic at all', async () => {
    const validation = await validateFiles<QueryFile>({
      files: [...corpus.keys()],
      read: async (path) => corpus.get(path)!,
      readQueryFile,
      locate,
      schema: DEFENDER_SCHEMA,
      failOn: 'warning',
    })
    expect(validation.diagnostics).toEqual([])
    expect(validation.verdict).toBe('passed')
    expect(validation.files.length).toBeGreaterThan(70)
  })

  it('cover nearly every table', () => {
    const all = [...corpus.values()].join('\n')
    const left = Object.keys(DEFENDER_SCHEMA.tables).filter((table) => !new RegExp(`\\b${table}\\b`).test(all))
    expect(left).toEqual(['GraphApiAuditEvents'])
  })
})

/** A place where a letter can go wrong: the name of a table or column, an operator, a bracket. */
interface Fault {
  readonly what: string
  readonly text: string
}

/** Names of which a letter less is another valid name, and operators of which a sign less is another operator. */
const STILL_VALID = new Set([
  '>=',
  '<=',
  '=~',
  '!~',
  '-',
  '+',
  '/',
  '*',
  '<',
  '>',
  '.',
  ',',
  '=',
  '..',
  '-->',
  ']->',
  ':',
  ';',
])

function faultsOf(text: string): readonly Fault[] {
  const { code } = analyse(text, globals)
  const faults: Fault[] = []
  for (const element of walk(code!.Syntax)) {
    const token = text.slice(element.TextStart, element.End)
    if (element.ChildCount > 0 || token === '') continue
    const plant = (what: string, changed: string): void => {
      const faulty = text.slice(0, element.TextStart) + changed + text.slice(element.End)
      faults.push({ what: `${what} ${token} -> ${changed} at ${element.TextStart}`, text: faulty })
    }
    const middle = Math.floor(token.length / 2)
    const without = token.slice(0, middle) + token.slice(middle + 1)
    if (isName(element)) {
      plant('name', without)
      plant('name', `${token.slice(0, middle)}q${token.slice(middle + 1)}`)
    } else if (/^[()[\]{}]$/.test(token)) {
      plant('bracket', '')
      plant('bracket', token + token)
    } else if (
      /^[a-z_~!-]{2,}$/.test(token) &&
      !isKind(element, 'IdentifierToken') &&
      !/^(true|false|null)$/.test(token)
    ) {
      plant('operator', without)
    } else if (/^[^\w\s"'@]+$/.test(token) && !STILL_VALID.has(token)) {
      plant('operator', token.slice(1))
    }
  }
  return faults
}

/** A name that refers to a table or column which the schema or the query declares. */
function isName(token: SyntaxElement): boolean {
  if (!isKind(token, 'IdentifierToken')) return false
  const reference = token.Parent?.Parent
  if (!reference || !isKind(reference, 'NameReference')) return false
  const { Table, Column } = kusto.Language.Symbols.SymbolKind
  const symbol = reference.ReferencedSymbol
  if (!symbol || (symbol.Kind !== Table && symbol.Kind !== Column)) return false
  return symbol.Kind === Table || reference.ResultType?.Name !== 'unknown'
}

/** Tables of another service may have any name and any column. */
const UNKNOWABLE = new Set(['azure-resource-graph.kql'])

describe('a one-letter fault', () => {
  // Every place of every query would take minutes: one of each is taken, another in each file.
  it('is always told', async () => {
    const untold: string[] = []
    let planted = 0
    for (const [name, content] of corpus) {
      if (UNKNOWABLE.has(name)) continue
      const { text } = await readQueryFile(name, content)
      const faults = faultsOf(text)
      const fault = faults[(name.length * 7) % faults.length]
      if (fault === undefined) continue
      planted += 1
      if (check(fault.text).length === 0) untold.push(`${name}: ${fault.what}`)
    }
    expect(planted).toBeGreaterThan(70)
    expect(untold).toEqual([])
  })
})
