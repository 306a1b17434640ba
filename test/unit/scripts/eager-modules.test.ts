import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { eagerModules } from '../../../scripts/eager-modules.ts'

describe('modules of a bundle', () => {
  it('stand in parentheses, and nothing else does', () => {
    const chunk =
      'export const id=1;export const modules={12:(e,t)=>{t.a=()=>1},3:e=>{e.x={4:()=>2}},5:function(e){this.y=e}};'
    expect(eagerModules(chunk)).toBe(
      'export const id=1;export const modules={12:((e,t)=>{t.a=()=>1}),3:(e=>{e.x={4:()=>2}}),5:(function(e){this.y=e})};',
    )
  })

  it('are found in the first chunk, behind its imports', () => {
    const entry =
      '#!/usr/bin/env node\nimport{x as A}from"module";var e={7:(A,e)=>{e.a=A}};var t={};function n(i){return e[i]}'
    expect(eagerModules(entry)).toBe(entry.replace('7:(A,e)=>{e.a=A}', '7:((A,e)=>{e.a=A})'))
  })

  it.each(['var e={};', 'const words={1:"a",2:()=>{}};', 'const other={a:()=>{},b(){}};', 'let x;foo({1:()=>{}})', ''])(
    'are not %s',
    (source) => {
      expect(eagerModules(source)).toBe(source)
    },
  )

  it('are all there in the built action', () => {
    const folder = new URL('../../../dist/main', import.meta.url).pathname
    const sources = readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    // Doing it again finds what it has done, and a second pair of parentheses for each.
    const marked = sources.map((source) => eagerModules(source).length - source.length)
    expect(marked.every((more) => more > 0)).toBe(true)
    for (const source of sources) expect(source).toMatch(/[{,]\d+:\((?:\(|\w+=>|function)/)
  })
})
