import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Document, parseDocument, Scalar, stringify } from 'yaml'
import { locate, type QueryFile, readQueryFile } from '../../../src/checks/query-files.ts'
import { GateError } from '../../../src/errors.ts'

const read = (content: string): Promise<QueryFile> => readQueryFile('hunting/q.yaml', content)

async function failure(content: string): Promise<GateError> {
  const thrown = await read(content).catch((error: unknown) => error)
  if (!(thrown instanceof GateError)) throw new Error('no GateError was thrown')
  return thrown
}

/** Every character of the query but white space must stand in the file where `locate` says. */
function misplaced(file: QueryFile, content: string): string[] {
  const lines = content.split('\n')
  return [...file.text.matchAll(/\S/g)].flatMap(({ index }) => {
    const { line, column } = locate(file, index)
    const found = lines[line - 1]?.[column - 1]
    return found === file.text[index] ? [] : [`${index}: ${file.text[index]} is not ${found} at ${line}:${column}`]
  })
}

const HUNTING = `id: 8f5a7a52-0e8d-4b9a-9d4c-6f1f2a3b4c5d
name: Impacket atexec
description: |
  'Looks for the
  scheduled task of atexec.'
requiredDataConnectors:
  - connectorId: MicrosoftThreatProtection
    dataTypes: [DeviceProcessEvents]
severity: High
tactics:
  - Execution
  - LateralMovement
relevantTechniques:
  - T1053
  - 'T1557.001 '
query: |
  // tasks

  DeviceProcessEvents
    | where FileName =~ "cmd.exe"
entityMappings:
  - entityType: Host
    fieldMappings:
      - identifier: FullName
        columnName: DeviceName
  - entityType: Account
    fieldMappings:
      - identifier: Name
        columnName: AccountName
      - identifier: Sid
        columnName: DeviceName
version: 1.0.0
`

const DETECTION = `displayName: LSASS dump
isEnabled: true
queryCondition:
  queryText: |-
    DeviceProcessEvents
    | project Timestamp, DeviceId, ReportId
schedule: { period: "1H" }
detectionAction:
  alertTemplate:
    title: Alert title
    description: Somebody dumps.
    severity: medium
    category: CredentialAccess
    mitreTechniques: [T1003.001]
    impactedAssets:
      - "@odata.type": "#microsoft.graph.security.impactedDeviceAsset"
        identifier: deviceId
      - identifier: "networkMessageId, recipientEmailAddress"
`

describe('the Azure-Sentinel hunting shape', () => {
  it('gives the query, its place and what the file says of it', async () => {
    const file = await read(HUNTING)
    expect(file).toMatchObject({
      text: '// tasks\n\nDeviceProcessEvents\n  | where FileName =~ "cmd.exe"\n',
      line: 17,
      indent: 2,
      id: '8f5a7a52-0e8d-4b9a-9d4c-6f1f2a3b4c5d',
      title: 'Impacket atexec',
      description: 'Looks for the\nscheduled task of atexec.',
      severity: 'high',
      tactics: ['Execution', 'LateralMovement'],
      techniques: ['T1053', 'T1557.001'],
      key: ['DeviceName', 'AccountName'],
    })
    expect(locate(file, file.text.indexOf('FileName'))).toEqual({ line: 20, column: 13 })
  })

  it('is the same with CRLF and a byte-order mark; line breaks of a block are those of YAML', async () => {
    const file = await read(`\u{feff}${HUNTING.replaceAll('\n', '\r\n')}`)
    expect(file.text).toBe('// tasks\n\nDeviceProcessEvents\n  | where FileName =~ "cmd.exe"\n')
    expect(locate(file, file.text.indexOf('FileName'))).toEqual({ line: 20, column: 13 })
  })

  it('knows `techniques`, and needs nothing but the query', async () => {
    expect((await read('query: T\ntechniques: [T1003]')).techniques).toEqual(['T1003'])
    expect(await read('query: T')).toMatchObject({ text: 'T', line: 1, title: undefined, tactics: [], key: [] })
  })

  it('ignores fields of another kind without stumbling', async () => {
    const file = await read(
      'query: T\nname: [a]\ntactics: x\nentityMappings: {a: 1}\nid: 7\nseverity:\n"__proto__": {query: x}',
    )
    expect(file).toMatchObject({
      text: 'T',
      title: undefined,
      tactics: [],
      key: [],
      id: undefined,
      severity: undefined,
    })
  })

  it('follows an alias to where the text stands', async () => {
    const file = await read('base: &q |\n  T\n  | take 1\nquery: *q')
    expect(file).toMatchObject({ text: 'T\n| take 1\n', line: 2, indent: 2 })
  })
})

describe('the Defender custom-detection shape', () => {
  it('gives the query and what the alert template says', async () => {
    const file = await read(DETECTION)
    expect(file).toMatchObject({
      text: 'DeviceProcessEvents\n| project Timestamp, DeviceId, ReportId',
      line: 5,
      indent: 4,
      title: 'LSASS dump',
      description: 'Somebody dumps.',
      severity: 'medium',
      tactics: ['CredentialAccess'],
      techniques: ['T1003.001'],
      key: ['deviceId', 'networkMessageId', 'recipientEmailAddress'],
    })
  })

  it('keeps a category that is no tactic out of the tactics', async () => {
    expect((await read(DETECTION.replace('CredentialAccess', 'Malware'))).tactics).toEqual([])
  })
})

describe('what a YAML query file must not be', () => {
  it.each([
    ['no query key', 'name: x\nsources: {}', 'query-empty', 1],
    ['no map', '- a\n- b', 'query-empty', 1],
    ['nothing', '', 'query-empty', 1],
    ['a query without a value', 'name: x\nquery:\n', 'query-empty', 2],
    ['comments only', 'a: 1\nquery: |\n  // none\n', 'query-empty', 2],
    ['a list for a query', 'a: 1\nquery: [T]', 'query-file-shape', 2],
    ['a number for a query', 'query: 5', 'query-file-shape', 1],
    ['both shapes', 'queryCondition:\n  queryText: A\nquery: B', 'query-file-shape', 3],
    ['an unknown severity', 'query: T\nname: x\nseverity: Critical', 'query-file-shape', 3],
    ['the severity unknown', 'query: T\nseverity: unknown', 'query-file-shape', 2],
    ['a fence in the query', 'query: |\n  ```kusto\n  T\n  ```\n', 'query-file-fenced', 1],
    ['a tilde fence in the query', 'a: 1\nquery: |\n\n  ~~~\n  T\n  ~~~\n', 'query-file-fenced', 2],
    ['broken YAML', 'query: |\n  T\nname: "x', 'query-file-yaml', 3],
    ['a key that stands twice', 'query: A\nname: x\nquery: B', 'query-file-yaml', 3],
    ['two documents', 'query: A\n---\nquery: B', 'query-file-yaml', 2],
    ['an unknown alias', 'query: *nothing', 'query-file-yaml', 1],
  ])('refuses %s', async (_, content, code, line) => {
    expect(await failure(content)).toMatchObject({ code, place: { file: 'hunting/q.yaml', line } })
  })

  it('refuses alias bombs and endless nesting', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
    expect((await failure(`l0: &l0 [x]\n${levels.join('\n')}\nquery: T`)).code).toBe('query-file-yaml')
    expect((await failure('['.repeat(5000))).code).toBe('query-file-yaml')
  })

  it('tells twice given keys in time', async () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join('\n')
    expect((await read(`${keys}\nquery: T`)).text).toBe('T')
    expect((await failure(`${keys}\nquery: T\nk7: 1`)).place?.line).toBe(5002)
  })
})

describe('places in YAML texts', () => {
  it.each([
    ['a plain text', 'query: T | where a == 1\n'],
    ['a plain text over lines', 'query: T\n  | where a == 1\n\n\n  | take 2\nname: x'],
    ['single quotes', "query: 'T | where a == ''x'' and b == ''y'''"],
    ['single quotes over lines', "name: x\nquery: 'T  \n\n   | where a in (''x'',\n  ''y'')'"],
    ['double quotes over lines', 'query: "T | extend b = 2  \n    | take\t1 \\\n    | where c"'],
    ['a literal block with leading blank lines', 'query: |\n\n\n   T\n     | take 1\n\n\n'],
    ['a literal block with its own indentation', 'query: |2-\n     T\n   | take 1'],
    ['a literal block with a comment behind', 'query: | # why\n  T\n  | take 1'],
    ['a folded block', 'query: >-\n  T\n  | where a\n\n    | more\n  | last'],
    ['CRLF', 'a: 1\r\nquery: |\r\n  T\r\n\r\n  | take 1\r\nb: "x"\r\n'],
    ['letters beyond the BMP', 'query: "𝕋𝕋 \\U0001F988 | take 1"'.replace('\\U0001F988', 'x')],
    ['flow style', '{ name: x, query: "T | take 1" }'],
  ])('are exact in %s', async (_, content) => {
    const file = await read(content)
    expect(misplaced(file, content)).toEqual([])
    expect(file.line).toBe(locate(file, 0).line)
  })

  it('count escapes of double quotes as the characters that they stand for', async () => {
    const content = 'query: "T\\n| where a == \\"\\U0001F988\\"\\x20| take 1"'
    const file = await read(content)
    expect(file.text).toBe('T\n| where a == "🦈" | take 1')
    expect(locate(file, file.text.indexOf('take'))).toEqual({ line: 1, column: content.indexOf('take') + 1 })
  })

  it('hold for whatever the library writes, in every style', async () => {
    const word = fc.stringMatching(/^[|A-Za-z='"#:,[\]{}🦈.-]{1,8}$/u)
    const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '))
    const styles = fc.constantFrom<Scalar.Type>('BLOCK_LITERAL', 'BLOCK_FOLDED', 'PLAIN', 'QUOTE_SINGLE')
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        styles,
        fc.integer({ min: 2, max: 6 }),
        async (lines, type, indent) => {
          const text = `T ${lines.join('\n')}`
          const scalar = new Scalar(text)
          scalar.type = type
          const document = new Document({ name: 'x', detection: { query: 'no' } })
          document.set('query', scalar)
          const content = stringify(document, { indent, lineWidth: 30 })
          // The library itself writes some plain texts that it can't read back.
          fc.pre(parseDocument(content).get('query') === text)
          const file = await read(content)
          expect(file.text).toBe(text)
          // What the library chose to escape stands in the file as an escape.
          if (!content.includes('query: "')) expect(misplaced(file, content)).toEqual([])
        },
      ),
      { numRuns: 100 },
    )
  })

  it('hold for any text between double quotes', async () => {
    const letters = fc.array(fc.constantFrom('a', '"', '\\', '\n', '\t', ' ', '🦈', '\u2028', "'", '#'), {
      maxLength: 30,
    })
    await fc.assert(
      fc.asyncProperty(letters, async (some) => {
        const text = `T${some.join('')}`
        const content = `query: ${JSON.stringify(text)}`
        const file = await read(content)
        expect(file.text).toBe(text)
        for (const { index } of text.matchAll(/[aT🦈'#]/gu)) {
          expect(content[locate(file, index).column - 1]).toBe(text[index])
        }
      }),
      { numRuns: 100 },
    )
  })
})
