import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { buildGlobals, DEFENDER_SCHEMA, mergeSchemas } from '../../../src/kql/schema.ts'
import { check, told } from './support.ts'

describe('syntax', () => {
  it.each([
    ['DeviceInfo | wher DeviceName == "x"', "'wher'", "Did you mean 'where'?"],
    ['DeviceInfo | where DeviceName hass "x"', "'hass'", "Did you mean 'has'?"],
    ['DeviceInfo | where Timestamp betwen (ago(1d) .. now())', "'betwen'", "Did you mean 'between'?"],
    ['DeviceInfo | where (DeviceName == "x"', "''", 'Expected: )'],
    ['DeviceInfo | where DeviceName == "x")', "')'", 'incomplete fragment'],
    ['DeviceInfo | where DeviceName == "x', "''", 'Missing: "'],
    ['DeviceInfo | order by DeviceName dsc', "'dsc'", "Did you mean 'desc'?"],
    ['/* no comment in KQL */ DeviceInfo', "'/'", 'incomplete fragment'],
  ])('%s', (query, at, message) => {
    const [first, ...rest] = told(query)
    expect(first).toMatch(/^error kql-syntax /)
    expect(first).toContain(at)
    expect(first).toContain(message)
    expect(rest).toEqual([])
  })

  it('is told once, with the unknown names above it', () => {
    const query = 'DeviceInfo\n| where DeviceNam == "x"\n| wher OSPlatform == "y"\n| projet DeviceId'
    expect(told(query).map((line) => line.split(':')[0])).toEqual([
      "warning kql-unknown-column 'DeviceNam'",
      "error kql-syntax 'wher'",
    ])
  })

  it('tells words that are misplaced, whatever the schema is', () => {
    expect(told('where DeviceName == "x"')[0]).toMatch(/^error kql-misplaced 'where'/)
    expect(told('DeviceInfo | where count() > 1')).toEqual([expect.stringMatching(/^error kql-misplaced/)])
    expect(told('DeviceInfo | extend X = extract("a", 1, DeviceName, typeof(strng))')[0]).toMatch(
      /^error kql-misplaced/,
    )
  })
})

describe('a text that is no single query', () => {
  it.each(['', '  \n\t', '// only a comment', '// one\n\n  // two\n'])('is empty: %j', (text) => {
    expect(told(text)).toEqual(["error kql-empty '': There is no query: the text is empty or has comments only."])
  })

  it.each(['.drop table T', '.show tables', '// first\n.set-or-append X <| DeviceInfo', '#connect "x"'])(
    'is a command: %s',
    (text) => {
      expect(told(text)).toEqual([expect.stringMatching(/^error kql-command /)])
    },
  )

  it.each(['let A = 1;', 'let A = DeviceInfo | take 1;\nlet B = 2;', 'let A = 5; A', 'set x = 1'])(
    'returns no table: %s',
    (text) => {
      expect(told(text)).toEqual([expect.stringMatching(/^error kql-(no-result|syntax) /)])
    },
  )

  it.each([
    ['DeviceInfo | count\n\nDeviceEvents | take 3', 'two', '1 and 3'],
    ['// a\nDeviceInfo\n| take 1\n// b\nlet X = 1;\nDeviceEvents | take X', 'two', '2 and 5'],
    ['DeviceInfo | take 1;\nDeviceEvents | take 2;\nDeviceFileEvents', 'three', '1, 2 and 3'],
    ['DeviceInfo\nDeviceEvents\n\n\nunion DeviceInfo, DeviceEvents', 'three', '1, 2 and 5'],
  ])('holds several: %j', (text, count, lines) => {
    const [only, ...rest] = told(text)
    expect(rest).toEqual([])
    expect(only).toMatch(/^error kql-several-queries /)
    expect(only).toContain(`${count} queries found at lines ${lines}; split the file.`)
  })

  it.each([
    'let X = 1\nDeviceInfo | take X',
    'DeviceInfo\nwhere DeviceName == "x"',
    'DeviceInfo | take 1\n\nnot ( kql',
  ])('is one query with a fault, not two: %j', (text) => {
    expect(told(text)).toEqual([expect.stringMatching(/^error kql-syntax /)])
  })
})

describe('names', () => {
  it.each([
    ['DeviceProcesEvents | take 1', "kql-unknown-table 'DeviceProcesEvents'", "'DeviceProcessEvents'"],
    ['deviceInfo | take 1', "kql-unknown-table 'deviceInfo'", "'DeviceInfo'"],
    ['let Hits = DeviceInfo; Hitz | take 1', "kql-unknown-table 'Hitz'", "'Hits'"],
    ['union isfuzzy=true DeviceInfo, DeviceEvent', "kql-unknown-table 'DeviceEvent'", "'DeviceEvents'"],
    ['DeviceInfo | join kind=inner DeviceEvnts on DeviceId', "kql-unknown-table 'DeviceEvnts'", "'DeviceEvents'"],
    ['DeviceInfo | where DeviceNam == "x"', "kql-unknown-column 'DeviceNam'", "'DeviceName'"],
    [
      'DeviceInfo | join DeviceEvents on $left.DeviceI == $right.DeviceId',
      "kql-unknown-column 'DeviceI'",
      "'DeviceId'",
    ],
    ['DeviceInfo | project-away DeviceNam', "kql-unknown-column 'DeviceNam'", "'DeviceName'"],
    ['let Limit = 1; DeviceInfo | take Limt', "kql-unknown-column 'Limt'", "'Limit'"],
    ['DeviceInfo | where tolowr(DeviceName) == "x"', "kql-unknown-function 'tolowr'", "'tolower'"],
    ['DeviceInfo | summarize dcont(DeviceId)', "kql-unknown-function 'dcont'", "'dcount'"],
    ['DeviceInfo | evaluate bag_unpak(LoggedOnUsers)', "kql-unknown-function 'bag_unpak'", "'bag_unpack'"],
    ['DeviceEvents | invoke FileProfil(SHA1)', "kql-unknown-function 'FileProfil'", "'FileProfile'"],
  ])('%s', (query, what, near) => {
    const [only, ...rest] = told(query)
    expect(rest).toEqual([])
    expect(only).toMatch(/^warning /)
    expect(only).toContain(what)
    expect(only).toContain(`Did you mean ${near}?`)
  })

  it('says that Defender calls it Timestamp', () => {
    expect(told('DeviceInfo | where TimeGenerated > ago(1d)')).toEqual([
      expect.stringMatching(/^warning kql-time-generated 'TimeGenerated'.*Did you mean 'Timestamp'\?$/),
    ])
  })

  it('does not guess where nothing is near', () => {
    expect(told('DeviceInfo | where Zebra == 1')).toEqual([
      "warning kql-unknown-column 'Zebra': 'Zebra' is no known column or variable here.",
    ])
  })

  it('tells a letter that is wrong even where a table may have more columns', () => {
    const unpack = 'DeviceEvents | extend Bag = parse_json(AdditionalFields) | evaluate bag_unpack(Bag)'
    expect(told(`${unpack} | where FilName == "x"`)).toEqual([
      expect.stringMatching(/^warning kql-unknown-column 'FilName'.*Did you mean 'FileName'\?$/),
    ])
    expect(told(`${unpack} | where PipeName == "x" and FileName1 == "y"`)).toEqual([])
    expect(told('find in (DeviceInfo) where DeviceNam == "x"')).toEqual([expect.stringContaining("'DeviceName'")])
  })

  it.each([
    ['where AdditionalFields.Desired == 1', 'parse_json(AdditionalFields).Desired'],
    ['where AdditionalFields["Desired"] == 1', 'parse_json(AdditionalFields)["Desired"]'],
  ])('a property of a string: %s', (operator, cure) => {
    const [only, ...rest] = told(`DeviceEvents | ${operator}`)
    expect(rest).toEqual([])
    expect(only).toMatch(/^warning kql-string-property /)
    expect(only).toContain(cure)
  })
})

describe('functions of Defender', () => {
  it.each([
    'DeviceFileEvents | invoke FileProfile(SHA1, 500) | where GlobalPrevalence < 10',
    'DeviceFileEvents | invoke FileProfile(SHA256)',
    'DeviceFileEvents | invoke FileProfile() | where isempty(Signer)',
    'DeviceFileEvents | invoke FileProfile("InitiatingProcessSHA1", 1000)',
    'DeviceFileEvents | project Hash = SHA1 | invoke FileProfile(Hash, 1000) | project SHA1, ThreatName',
    'DeviceFileEvents | invoke FileProfile(SHA1) | project SHA11',
    'DeviceInfo | invoke SeenBy() | mv-expand SeenBy',
    'DeviceNetworkEvents | project IP = RemoteIP | invoke DeviceFromIP() | project IP, DeviceId',
    'AssignedIPAddresses("x", now()) | project IPAddress',
    'arg("").Resources | where type == "x" | project name',
    'adx("cluster.westeurope/db").Table | take 1',
    '_GetWatchlist("vips") | project SearchKey',
  ])('are known: %s', (query) => {
    expect(told(query)).toEqual([])
  })

  it('take a column that is there, and nothing else', () => {
    expect(told('DeviceFileEvents | invoke FileProfile(SHA, 500)')).toEqual([
      expect.stringMatching(/^warning kql-unknown-column 'SHA'.*Did you mean 'SHA1'\?$/),
    ])
    expect(told('DeviceFileEvents | project DeviceId | invoke FileProfile(SHA1)')).toEqual([
      expect.stringMatching(/^warning kql-unknown-column 'SHA1'/),
    ])
  })

  it('come from a schema of the user too', () => {
    const schema = mergeSchemas(DEFENDER_SCHEMA, {
      tables: { Custom_CL: { TimeGenerated: 'datetime', Host: 'string' } },
      functions: [
        { name: 'Servers', call: 'function', parameters: [], result: 'columns', columns: { DeviceId: 'string' } },
        { name: 'Score', call: 'function', parameters: [{ name: 'n', type: 'long' }], result: 'real' },
      ],
    })
    const more = { schema, globals: buildGlobals(schema) }
    const query =
      'Custom_CL | where TimeGenerated > ago(1d) and Host in (Servers() | project DeviceId) | extend S = Score(1) * 2.0'
    expect(told(query, more)).toEqual([])
    expect(told('Custom_CL | where Hos == "x"', more)).toEqual([expect.stringContaining("'Host'")])
  })
})

describe('types', () => {
  it('are warnings, because the schema may be wrong', () => {
    expect(told('DeviceInfo | where Timestamp > "x"')).toEqual([expect.stringMatching(/^warning kql-type '>'/)])
    expect(told('DeviceInfo | summarize count(DeviceName)')).toEqual([expect.stringMatching(/^warning kql-type/)])
  })

  it('are not told of a value whose name is unknown', () => {
    expect(told('DeviceInfo | where datetime_diff("day", TimeGenerated, now()) > 1 and Nam + 1 > 2')).toHaveLength(2)
  })

  it.each([
    ['DeviceInfo | where IsTransient = true', '='],
    ['DeviceInfo | where DeviceName = "x"', '='],
    ['DeviceInfo | summarize countif(IsTransient = true)', '='],
    ['DeviceInfo | extend DeviceName == "x"', '=='],
  ])('a slip that is KQL: %s', (query, at) => {
    expect(told(query)).toEqual([expect.stringContaining(`'${at}'`)])
  })

  it.each([
    'DeviceInfo | extend Same = DeviceName == "x"',
    'DeviceInfo | where DeviceName == "x" | summarize by Day = bin(Timestamp, 1d)',
    'DeviceInfo | summarize count() by bin(Day = Timestamp, 1d)',
    'DeviceInfo | evaluate bag_unpack(LoggedOnUsers, columnsConflict = "keep_source")',
  ])('no slip: %s', (query) => {
    expect(told(query).filter((line) => line.includes('kql-equals'))).toEqual([])
  })
})

describe('the result', () => {
  const query = 'DeviceProcessEvents | project Timestamp, DeviceId, ReportId'

  it('must have the key columns that the file names, in any case', () => {
    expect(told(query, { key: ['deviceId', 'AccountUpn'] })).toEqual([
      "warning kql-key-missing '': The file names 'AccountUpn' as an entity, but the query does not return this column.",
    ])
    expect(told(`${query} | summarize count() by DevceId = DeviceId`, { key: ['DeviceId'] })).toEqual([
      expect.stringContaining("Did you mean 'DevceId'?"),
    ])
    expect(
      told('DeviceEvents | extend Bag = parse_json(AdditionalFields) | evaluate bag_unpack(Bag)', {
        key: ['Anything'],
      }),
    ).toEqual([])
  })

  it('must let a custom detection name event and asset', () => {
    const detection = { customDetection: true }
    expect(told(query, detection)).toEqual([])
    expect(told('DeviceProcessEvents | summarize count() by DeviceName', detection)).toEqual([
      expect.stringContaining('must return Timestamp, DeviceId and ReportId,'),
    ])
    expect(told('EmailEvents | project Timestamp, ReportId, Subject', detection)).toEqual([
      expect.stringContaining('names an impacted asset'),
    ])
    expect(told('EmailEvents | project Timestamp, RecipientEmailAddress', detection)).toEqual([
      expect.stringContaining('must return ReportId,'),
    ])
    expect(told('AlertEvidence | project Timestamp, AccountUpn', detection)).toEqual([])
    expect(told('DeviceTvmSoftwareInventory | project DeviceId', detection)).toEqual([])
  })

  it('is not judged where a name or the syntax is wrong', () => {
    const detection = { customDetection: true, key: ['DeviceId'] }
    expect(told('DeviceInfo | where Nam == 1 | project DeviceName', detection)).toHaveLength(1)
    expect(told('DeviceInfo | where', detection)).toEqual([expect.stringMatching(/^error kql-syntax/)])
  })
})

describe('the language service', () => {
  it('may throw: the query gets a warning', () => {
    expect(told('DeviceInfo | graph-match')).toEqual([
      expect.stringMatching(/^(error kql-syntax|warning kql-not-analysed)/),
    ])
    expect(told('ExposureGraphNodes | graph-match (a)-[b]->(c) project a.NodeName').length).toBeGreaterThan(0)
  })

  it('gets through deep nesting and long texts', () => {
    expect(() => check(`DeviceInfo | where ${'('.repeat(400)}true${')'.repeat(400)}`)).not.toThrow()
    expect(() => check(`DeviceInfo | where DeviceName in (${'"x",'.repeat(500)}"x")`)).not.toThrow()
  })

  it('never makes diagnose throw, and every place is in the text', () => {
    const word = fc.constantFrom(
      ...[
        'DeviceInfo',
        'let',
        'x',
        '=',
        '==',
        '|',
        'where',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        ';',
        ',',
        '"a"',
        "'",
        '1d',
        '.',
      ],
      ...[
        'graph-match',
        'invoke',
        'FileProfile',
        'SHA1',
        'join',
        'on',
        'summarize',
        'by',
        '\n',
        '//',
        '$left',
        '..',
        '*',
      ],
      ...['parse', 'with', 'evaluate', 'union', 'datatable', 'as', 'mv-apply', 'scan', 'fork', '\u{1f512}', '\u0000'],
    )
    const text = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(text, (query) => {
        for (const { start, length } of check(query)) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(start + length).toBeLessThanOrEqual(query.length)
        }
      }),
      { numRuns: 60 },
    )
  })
})
