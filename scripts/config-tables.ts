/** The keys of the config file as Markdown tables for docs/config-file.md, from its JSON Schema. */

interface Node {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

/** One table by name of its place: `root`, `check`, `incidents`, … */
export function configTables(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const root = schema as Node
  const check = at(root, 'checks').items!
  return {
    root: table(root),
    tenants: table(at(root, 'tenants').items!),
    check: table(check),
    incidents: table(at(check, 'incidents')),
    alerts: table(at(check, 'alerts')),
    hunting: table(at(check, 'hunting')),
    defaults: names(at(root, 'defaults')),
    suppressions: table(at(root, 'suppressions').items!),
  }
}

/** A key that may be null is its other form. */
function at(node: Node, key: string): Node {
  const found = node.properties?.[key]
  if (found === undefined) throw new Error(`the schema has no key ${key} here`)
  return found.anyOf?.find((one) => one.properties !== undefined || one.items !== undefined) ?? found
}

function table({ properties = {}, required = [] }: Node): string {
  const rows = Object.entries(properties).map(([key, { description = '', anyOf = [] }]) => {
    const text =
      description === '' ? (anyOf.find((one) => one.description !== undefined)?.description ?? '') : description
    // The table says already which kind of check it is about.
    const [meaning = '', fallback] = text
      .replace(/^(?:Incidents|Incidents, alerts|Hunting): /, '')
      .split(/\s*\bDefault: /)
    const standard = required.includes(key) ? '**needed**' : (fallback?.replace(/\.$/, '') ?? '—')
    return `| \`${key}\` | ${cell(standard)} | ${cell(meaning.charAt(0).toUpperCase() + meaning.slice(1))} |`
  })
  return ['| key | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Where the keys are told elsewhere, their names do. */
function names({ properties = {} }: Node): string {
  return `${Object.keys(properties)
    .map((key) => `\`${key}\``)
    .join(', ')}.`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
