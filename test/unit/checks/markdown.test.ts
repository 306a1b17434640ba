import { describe, expect, it } from '@jest/globals'
import { locate, type QueryFile, readQueryFile } from '../../../src/checks/query-files.ts'
import { GateError } from '../../../src/errors.ts'

const read = (content: string): Promise<QueryFile> => readQueryFile('hunting/q.md', content)

async function failure(content: string): Promise<GateError> {
  const thrown = await read(content).catch((error: unknown) => error)
  if (!(thrown instanceof GateError)) throw new Error('no GateError was thrown')
  return thrown
}

const fence = (tag: string, text: string): string => `\`\`\`${tag}\n${text}\n\`\`\`\n`

describe('fences', () => {
  it.each(['kql', 'KQL', 'Kusto', 'csl', 'C#', '', ' kql', 'kql title="x"'])('takes one tagged %j', async (tag) => {
    const file = await read(`# A **title**\n\nText\n\n${fence(tag, 'DeviceEvents\n| take 1')}`)
    expect(file).toMatchObject({ text: 'DeviceEvents\n| take 1', line: 6, indent: 0, title: 'A title' })
  })

  it('drops fences in other languages', async () => {
    const file = await read(
      `${fence('PowerShell', 'Get-Item')}${fence('json', '{}')}${fence('KQLT', 'X')}${fence('KQL', 'T')}`,
    )
    expect(file.text).toBe('T')
    expect((await failure(fence('powershell', 'T'))).code).toBe('query-empty')
  })

  it.each([
    ['tildes', '~~~kql\nT\n```\n~~~', 'T\n```', 2, 1],
    ['a longer fence', '````kql\nT\n```\nU\n````', 'T\n```\nU', 2, 1],
    ['an indented fence', '  ```kql\n  T\n    | take 1\n  ```', 'T\n  | take 1', 2, 3],
    ['a fence in a list', '1. x\n\n   ```kql\n   T\n\n   | take 1\n   ```', 'T\n\n| take 1', 4, 4],
    ['a fence in a quote', '> ```kql\n> T\n>\n> | take 1\n> ```', 'T\n\n| take 1', 2, 3],
    ['a fence without an end', 'x\n\n```kql\nT\n| take 1', 'T\n| take 1', 4, 1],
    ['a fence in folded HTML', '<details>\n\n```kql\nT\n```\n\n</details>', 'T', 4, 1],
    ['CRLF', 'x\r\n\r\n```kql\r\nT \r\n\r\n| take 1\r\n```\r\n', 'T \r\n\r\n| take 1', 4, 1],
    ['white space kept', '```kql\n\n  T  \n\n```', '\n  T  \n', 2, 1],
  ])('reads %s by the rules of CommonMark', async (_, content, text, line, column) => {
    const file = await read(content)
    expect(file.text).toBe(text)
    expect(file).toMatchObject({ line, indent: column - 1 })
    const lines = content.split('\n')
    for (const { index } of text.matchAll(/\S/g)) {
      const at = locate(file, index)
      expect(lines[at.line - 1]![at.column - 1]).toBe(text[index])
    }
  })

  it.each([
    ['indented code', '    DeviceEvents\n'],
    ['inline code', '`DeviceEvents`\n'],
    ['a fence in a comment', '<!--\n```kql\nT\n```\n-->\n'],
    ['nothing', ''],
  ])('takes %s for no fence', async (_, content) => {
    const error = await failure(content)
    expect(error.code).toBe('query-empty')
    expect(error.message).toContain('hunting/q.md')
  })

  it('refuses a fence with comments only, at its line', async () => {
    expect(await failure(`# x\n\n${fence('kql', '// none')}`)).toMatchObject({
      code: 'query-empty',
      place: { line: 3 },
    })
  })

  it('takes a nested quote of hostile depth in time', async () => {
    expect((await failure('> '.repeat(100_000))).code).toBe('query-empty')
  })
})

describe('sections', () => {
  it.each(['Defender XDR', 'Advanced Hunting', 'M365 Defender', 'Microsoft 365 Defender', '**Defender XDR**'])(
    'prefers the one headed %s',
    async (heading) => {
      const sentinel = `## Sentinel\n${fence('KQL', 'S')}`
      const defender = `## ${heading}\n${fence('KQL', 'D')}`
      expect((await read(`# Title\n${sentinel}${defender}`)).text).toBe('D')
      expect((await read(`# Title\n${defender}${sentinel}`)).text).toBe('D')
    },
  )

  it('goes by the nearest heading that names a product, also above sub-headings', async () => {
    const content = `# T\n## Defender XDR\n### Query\n${fence('', 'D')}## Log Analytics (Sentinel)\n### Query\n${fence('', 'S')}`
    expect((await read(content)).text).toBe('D')
  })

  it('reads underlined headings', async () => {
    expect((await read(`Sentinel\n---\n${fence('', 'S')}\nDefender XDR\n---\n${fence('', 'D')}`)).text).toBe('D')
  })

  it('does not take the title of the file for a section', async () => {
    const error = await failure(`# Microsoft Defender things\n## A\n${fence('', 'A')}## B\n${fence('', 'B')}`)
    expect(error).toMatchObject({ code: 'query-file-ambiguous', place: { line: 3 } })
    expect(error.message).toContain('lines 3, 7')
  })

  it('lets a section count where the title speaks of Defender as well', async () => {
    const content = `# Defender for Endpoint\n## Sample\n${fence('', 'X')}## Defender XDR\n${fence('', 'D')}`
    expect((await read(content)).text).toBe('D')
  })

  it('takes headings of the first level for sections where there are several', async () => {
    expect((await read(`# Sample\n${fence('', 'X')}# Defender XDR\n${fence('', 'D')}`)).text).toBe('D')
  })

  it('goes by the platform line where headings name no product', async () => {
    const part = (platform: string, text: string): string =>
      `\n**Platform:** ${platform}\n\n**Query:**\n${fence('C#', text)}`
    expect((await read(`## Detection${part('Sentinel', 'S')}${part('M365 Security', 'D')}`)).text).toBe('D')
  })

  it('takes no time over a megabyte of lines without a letter', async () => {
    expect((await read(`${'!\n'.repeat(500_000)}\n${fence('', 'Q')}`)).text).toBe('Q')
  })

  it('leaves out the one for Sentinel when a single other is left', async () => {
    expect((await read(`## Query\n${fence('', 'Q')}## Sentinel\n${fence('', 'S')}`)).text).toBe('Q')
  })

  it('takes a single fence wherever it stands', async () => {
    expect((await read(`## Sentinel\n${fence('KQL', 'S')}`)).text).toBe('S')
  })

  it('lists the lines when more than one is left, and never chooses the first', async () => {
    const two = `## Defender XDR\n${fence('KQL', 'A')}\nor\n\n${fence('KQL', 'B')}## Sentinel\n${fence('KQL', 'S')}`
    const error = await failure(two)
    expect(error.code).toBe('query-file-ambiguous')
    expect(error.message).toContain('2 fences that could be the query, at lines 2, 8')
  })

  it('finds techniques under the heading for ATT&CK only', async () => {
    const content = `# T9999 x\n#### MITRE ATT&CK Technique(s)\n| T1059.001 | [P](https://attack.mitre.org/techniques/T1059/001/) | T1003 |\n#### Risk\nT1111\n${fence('', 'T2222')}`
    expect((await read(content)).techniques).toEqual(['T1059.001', 'T1003'])
  })
})
