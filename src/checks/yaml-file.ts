/** Queries in YAML: the Azure-Sentinel hunting shape and the Defender custom-detection shape. */
import type { Document, Node } from 'yaml'
import {
  emptyQuery,
  fenced,
  manyDocuments,
  notYaml,
  queryNotText,
  twoShapes,
  unknownSeverity,
  yamlTooDeep,
} from '../errors/checks.ts'
import { type KnownSeverity, SEVERITIES } from '../model.ts'
import { type About, asTitle, hasKql, Lines, NOTHING_SAID, type QueryFile } from './query-file.ts'
import { stretches } from './yaml-positions.ts'

type Yaml = typeof import('yaml')
/** Plain values of the document; maps are `Map`, so that a key such as `__proto__` is only a key. */
type Tree = ReadonlyMap<unknown, unknown>

interface Source {
  readonly path: string
  readonly yaml: Yaml
  readonly document: Document
  readonly lines: Lines
}

/** The shape goes by the key that holds the query: `query` or `queryCondition.queryText`. */
export async function readYaml(path: string, content: string): Promise<QueryFile> {
  const yaml = await import('yaml')
  const lines = new Lines(content)
  const { document, tree } = parse(yaml, path, content, lines)
  const source: Source = { path, yaml, document, lines }
  const condition = map(tree.get('queryCondition'))
  const hunting = tree.has('query')
  const detection = condition.has('queryText')
  if (hunting && detection) throw twoShapes(path, lineOf(source, ['query']))
  if (hunting) return readQuery(source, ['query'], tree.get('query'), aboutHunting(source, tree))
  if (!detection) throw emptyQuery(path, 'it has neither a key query nor queryCondition.queryText')
  return readQuery(source, ['queryCondition', 'queryText'], condition.get('queryText'), aboutDetection(source, tree))
}

function parse(yaml: Yaml, path: string, content: string, lines: Lines): { document: Document; tree: Tree } {
  let document: Document.Parsed
  let tree: unknown
  try {
    document = yaml.parseDocument(content, {
      keepSourceTokens: true,
      prettyErrors: false,
      logLevel: 'error',
      uniqueKeys: false,
    })
    if (document.errors.length === 0) tree = document.toJS({ mapAsMap: true, maxAliasCount: 100 })
  } catch (thrown) {
    // Too many aliases, or nested so deeply that the parser runs out of stack.
    throw yamlTooDeep(path, thrown)
  }
  const fault = document.errors[0]
  if (fault !== undefined) {
    const { line, column } = lines.at(Math.min(fault.pos[0], content.length))
    if (fault.code === 'MULTIPLE_DOCS') throw manyDocuments(path, line)
    if (fault.code === 'RESOURCE_EXHAUSTION') throw yamlTooDeep(path, fault)
    throw notYaml(path, line, column, fault.message)
  }
  refuseDoubleKeys(yaml, path, document, lines)
  return { document, tree: map(tree) }
}

/** The parser's own check compares every pair of keys, which takes minutes on a hostile file. */
function refuseDoubleKeys(yaml: Yaml, path: string, document: Document.Parsed, lines: Lines): void {
  yaml.visit(document, {
    Map(_, node) {
      const seen = new Set<unknown>()
      for (const { key } of node.items) {
        if (!yaml.isScalar(key)) continue
        if (seen.has(key.value)) {
          const { line, column } = lines.at(key.range?.[0] ?? 0)
          throw notYaml(path, line, column, `the key ${JSON.stringify(key.value)} stands twice`)
        }
        seen.add(key.value)
      }
    },
  })
}

function readQuery(source: Source, keys: readonly string[], value: unknown, about: About): QueryFile {
  const { path, yaml, document, lines } = source
  const line = lineOf(source, keys)
  const name = keys.join('.')
  if (value === null || value === undefined) throw emptyQuery(path, `the value of ${name} is empty`, line)
  if (typeof value !== 'string') throw queryNotText(path, name, line)
  if (!hasKql(value)) throw emptyQuery(path, `the value of ${name} has comments or blank lines only`, line)
  if (/^\s*(?:```|~~~)/.test(value)) throw fenced(path, line)
  const node = resolved(source, document.getIn(keys, true) as Node | undefined)
  const token = yaml.isScalar(node) ? node.srcToken : undefined
  const known = token === undefined ? [{ offset: 0, at: 0 }] : stretches(token, value)
  const segments = known.map(({ offset, at }) => ({ offset, ...lines.at(at) }))
  const literal = token?.type === 'block-scalar'
  return {
    ...about,
    text: value,
    line: segments[0]?.line ?? line,
    indent: literal ? (segments.find((_, i) => value[known[i]!.offset] !== '\n')?.column ?? 1) - 1 : 0,
    segments,
  }
}

/** Azure-Sentinel's hunting shape, and analytics rules, which carry a severity as well. */
function aboutHunting(source: Source, tree: Tree): About {
  const fields = list(tree.get('entityMappings')).flatMap((mapping) => list(map(mapping).get('fieldMappings')))
  return {
    id: text(tree.get('id')),
    title: title(tree.get('name')),
    description: unquoted(tree.get('description')),
    severity: severity(source, ['severity'], tree.get('severity')),
    tactics: texts(tree.get('tactics')),
    techniques: texts([...list(tree.get('relevantTechniques')), ...list(tree.get('techniques'))]),
    key: texts(fields.map((field) => map(field).get('columnName'))),
  }
}

/** Tactics of MITRE ATT&CK as Microsoft writes them: a detection's category is one of these or a kind of its own. */
const TACTICS = new Set(
  'Reconnaissance ResourceDevelopment InitialAccess Execution Persistence PrivilegeEscalation DefenseEvasion CredentialAccess Discovery LateralMovement Collection CommandAndControl Exfiltration Impact'.split(
    ' ',
  ),
)

/**
 * A custom detection as Graph's `detectionRule` (beta) has it. An asset's identifier is a column in camel case; several
 * columns stand in one text with commas between.
 */
function aboutDetection(source: Source, tree: Tree): About {
  const alert = map(map(tree.get('detectionAction')).get('alertTemplate'))
  const identifiers = texts(list(alert.get('impactedAssets')).map((asset) => map(asset).get('identifier')))
  const category = text(alert.get('category'))
  return {
    ...NOTHING_SAID,
    id: text(tree.get('id')),
    title: title(tree.get('displayName')) ?? title(alert.get('title')),
    description: unquoted(alert.get('description')),
    severity: severity(source, ['detectionAction', 'alertTemplate', 'severity'], alert.get('severity')),
    tactics: category !== undefined && TACTICS.has(category) ? [category] : [],
    techniques: texts(alert.get('mitreTechniques')),
    key: texts(identifiers.flatMap((identifier) => identifier.split(','))),
  }
}

function severity(source: Source, keys: readonly string[], value: unknown): KnownSeverity | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const name = String(value).trim().toLowerCase()
  const known = SEVERITIES.find((one) => one === name)
  if (known === undefined || known === 'unknown') {
    throw unknownSeverity(source.path, String(value).slice(0, 40), lineOf(source, keys))
  }
  return known
}

// --- reading the tree -----------------------------------------------------------------------------------------------

function map(value: unknown): Tree {
  return value instanceof Map ? value : new Map()
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.trim() || undefined
}

/** The texts of a list, trimmed, each once. */
function texts(value: unknown): readonly string[] {
  return [...new Set(list(value).flatMap((item) => text(item) ?? []))]
}

/** Descriptions in public files are often a block that is wrapped in quotes once more. */
function unquoted(value: unknown): string | undefined {
  return text(text(value)?.replace(/^'([\s\S]*)'$/, '$1'))
}

function title(value: unknown): string | undefined {
  return asTitle(unquoted(value) ?? '')
}

function resolved(source: Source, node: Node | undefined): Node | undefined {
  return source.yaml.isAlias(node) ? node.resolve(source.document) : node
}

function lineOf(source: Source, keys: readonly string[]): number {
  const node = source.document.getIn(keys, true) as Node | undefined
  return source.lines.at(node?.range?.[0] ?? 0).line
}
