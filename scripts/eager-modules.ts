/**
 * Makes the engine compile the modules of a bundle when it first reads them. Each module is a function that the bundle calls
 * once; the engine can't know, skips over it, and reads all of it again when it is called. Parentheses around a function tell
 * it that the call is near (https://v8.dev/blog/preparser#pife).
 */
import { type Node, type Property, parse } from 'acorn'

/** The same script with its modules in parentheses. Nothing else is changed, and what holds no modules comes back as it is. */
export function eagerModules(source: string): string {
  const marks = modulesOf(source).flatMap(({ start, end }) => [
    { at: start, mark: '(' },
    { at: end, mark: ')' },
  ])
  let result = ''
  let from = 0
  for (const { at, mark } of marks) {
    result += source.slice(from, at) + mark
    from = at
  }
  return result + source.slice(from)
}

/** The functions of the table of modules: an object at the top of the script, with the numbers of the modules for keys. */
function modulesOf(source: string): readonly Node[] {
  const { body } = parse(source, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  return body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type !== 'VariableDeclaration') return []
    return declared.declarations.flatMap(({ init }) => {
      if (init?.type !== 'ObjectExpression' || !init.properties.every(isModule)) return []
      return init.properties.map(({ value }) => value)
    })
  })
}

function isModule(property: Node): property is Property {
  if (property.type !== 'Property') return false
  const { key, value } = property as Property
  const isFunction = value.type === 'ArrowFunctionExpression' || value.type === 'FunctionExpression'
  return isFunction && key.type === 'Literal' && typeof key.value === 'number'
}
