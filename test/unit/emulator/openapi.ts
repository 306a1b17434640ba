/** The published description of Graph as a judge of answers. */
import { readFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { Answer } from './client.ts'

type Node = Record<string, unknown>
const document = JSON.parse(
  readFileSync(new URL('../../../emulator/graph-security.openapi.json', import.meta.url), 'utf8'),
) as { components: { schemas: Node } }

/** OpenAPI 3.0 writes `nullable: true` where JSON Schema has a second type. */
function convert(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(convert)
  if (typeof node !== 'object' || node === null) return node
  const { nullable, ...rest } = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, convert(value)]))
  if (nullable === true) rest['type'] = [rest['type'], 'null'].flat()
  return rest
}
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema({ $id: 'graph', components: convert(document.components) as Node })
export const validator = (name: string): ValidateFunction => ajv.getSchema(`graph#/components/schemas/${name}`)!
export const memberNames = (entity: string) => {
  const schema = document.components.schemas[`microsoft.graph.security.${entity}`] as {
    allOf: { properties?: Node }[]
  }
  return schema.allOf.flatMap(({ properties }) => Object.keys(properties ?? { id: {} }))
}

export function check(validate: ValidateFunction, { json, status }: Answer): void {
  expect(status).toBe(200)
  validate(json)
  expect(validate.errors ?? []).toEqual([])
}
