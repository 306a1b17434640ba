/**
 * Makes the script of the language service a fifth shorter and faster to load, without a change to what it does. Its classes
 * stand in namespaces that are objects with hundreds of members, and each of the nearly fifty thousand mentions of a class or of
 * a constant walks there from the global object. Used by the build; the tests compare what both scripts say.
 */

/** The start of the script; what is in it is done once for its whole. */
const HEAD = 'Bridge.assembly("Kusto.Language.Bridge",function($asm,globals){"use strict";'

/** Whether the text holds the script, alone or in a bundle. */
export const holdsService = (source: string): boolean => source.includes(HEAD)

/** Throws where the script is not what is expected, so that a new version of the package is looked at. */
export function lighten(source: string): string {
  if (source.split(HEAD).length !== 2) throw new Error('The script of the language service starts in another way.')
  return withNamespaces(withConstants(source.replace(/^\/\/ SIG \/\/.*\n?/gm, '')))
}

/** Before a name: no longer name, and no string. Names in strings stand right behind the quote. */
const NAME_STARTS = '(?<![\\w$."\'])'

/** Members of an enumeration become their numbers. */
function withConstants(source: string): string {
  const enums = new Map<string, ReadonlyMap<string, string>>()
  for (const [, name, body] of source.matchAll(
    /Bridge\.define\("([\w.$]+)",\{\$kind:"(?:nested )?enum",statics:\{fields:\{([^{}]*)\}/g,
  )) {
    const members = new Map(body!.split(',').map((member) => member.split(':') as [string, string]))
    if ([...members.values()].every((value) => /^-?\d+$/.test(value))) enums.set(name!, members)
  }
  if (enums.size < 40) throw new Error('The enumerations of the language service are not found.')
  const member = new RegExp(`${NAME_STARTS}(Kusto\\.Language\\.[\\w$.]+)\\.([\\w$]+)(?![\\w$.(])`, 'g')
  return source.replace(member, (whole, name: string, key: string) => {
    const value = enums.get(name)?.get(key)
    return value === undefined ? whole : value.startsWith('-') ? `(${value})` : value
  })
}

/** A namespace is made beforehand, as `Bridge.define` would, and held in a variable. */
function withNamespaces(source: string): string {
  const classes = new Set([...source.matchAll(/Bridge\.definei?\("([\w.$]+)"/g)].map(([, name]) => name!))
  const outer = [...classes].flatMap((name) =>
    name.split('.').map((_, index, parts) => parts.slice(0, index).join('.')),
  )
  const spaces = [...new Set(outer)].filter((name) => name.startsWith('Kusto.Language') && !classes.has(name))
  if (spaces.length < 5) throw new Error('The namespaces of the language service are not found.')
  let text = source
  const variables: string[] = []
  // The longest first: the others are the starts of it.
  for (const space of spaces.sort((a, b) => b.length - a.length)) {
    const variable = `$ns${space.split('.').at(-1)}`
    if (source.includes(variable)) throw new Error(`The language service has a ${variable} of its own.`)
    text = text.replace(new RegExp(`${NAME_STARTS}${space.replaceAll('.', '\\.')}(?=\\.[\\w$])`, 'g'), () => variable)
    variables.push(`${variable}=Bridge.ns("${space}",globals)`)
  }
  return text.replace(HEAD, () => `${HEAD}var ${variables.join(',')};`)
}
