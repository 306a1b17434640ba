/** Believable rows from a seed, by the name and type of each column. */
import { type Random, seeded } from '../core/random.ts'
import type { PlainRow } from './cells.ts'
import type { ResultColumn } from './kusto.ts'

const DEVICES = [
  'pay-web-01',
  'pay-web-02',
  'build-01',
  'build-02',
  'fin-lt-114',
  'hr-lt-027',
  'dc-01',
  'sql-03',
] as const
const PEOPLE = ['adele.vance', 'alex.wilber', 'diego.siciliani', 'grady.archie', 'megan.bowen', 'nestor.wilke'] as const
const FILES = [
  'powershell.exe',
  'rundll32.exe',
  'procdump64.exe',
  'cmd.exe',
  'svchost.exe',
  'msbuild.exe',
  'node.exe',
] as const
const FOLDERS = [
  'C:\\Windows\\System32',
  'C:\\Users\\Public',
  'C:\\ProgramData\\Temp',
  'D:\\agent\\_work\\7\\s',
] as const
const COMMANDS = [
  'powershell.exe -NoProfile -ExecutionPolicy Bypass -File .\\deploy.ps1',
  'rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 640 C:\\Users\\Public\\l.dmp full',
  'cmd.exe /c whoami /all & net group "Domain Admins" /domain',
  'msbuild.exe payments.sln /t:Rebuild /p:Configuration=Release',
] as const
const ACTIONS = ['ProcessCreated', 'ConnectionSuccess', 'FileCreated', 'LogonSuccess', 'OpenProcessApiCall'] as const
const COUNTRIES = ['NL', 'DE', 'US', 'GB', 'BR'] as const

type Maker = (random: Random) => unknown

/** The first rule whose pattern matches the column's name decides. */
const BY_NAME: readonly (readonly [RegExp, Maker])[] = [
  [/^DeviceId$/, (random) => random.hex(40)],
  [/Device(?:Dns)?Name$/, (random) => `${random.pick(DEVICES)}.contoso.com`],
  [/SHA256/, (random) => random.hex(64)],
  [/SHA1/, (random) => random.hex(40)],
  [/MD5/, (random) => random.hex(32)],
  [/(?:IP|IPAddress)$/, (random) => `10.${random.below(4)}.${random.below(256)}.${1 + random.below(254)}`],
  [/(?:Upn|EmailAddress|FromAddress)$/, (random) => `${random.pick(PEOPLE)}@contoso.com`],
  [/AccountDomain$/, () => 'contoso'],
  [/AccountName$/, (random) => random.pick(PEOPLE)],
  [
    /Sid$/,
    (random) =>
      `S-1-5-21-${random.below(2 ** 31)}-${random.below(2 ** 31)}-${random.below(2 ** 31)}-${1000 + random.below(9000)}`,
  ],
  [/(?:ObjectId|TenantId|CorrelationId|SessionId|RequestId)$/, (random) => random.guid()],
  [/CommandLine$/, (random) => random.pick(COMMANDS)],
  [/FolderPath$/, (random) => `${random.pick(FOLDERS)}\\${random.pick(FILES)}`],
  [/FileName$/, (random) => random.pick(FILES)],
  [/Url$/, (random) => `https://www.woodgrove.example/${random.hex(8)}`],
  [/^ActionType$/, (random) => random.pick(ACTIONS)],
  [/^Severity$/, (random) => random.pick(['Informational', 'Low', 'Medium', 'High'])],
  [/(?:Country|Location)$/, (random) => random.pick(COUNTRIES)],
  [/Port$/, (random) => random.pick([443, 445, 3389, 5985, 8443])],
]

const BY_TYPE: Readonly<Record<string, Maker>> = {
  string: (random) => random.hex(12),
  long: (random) => random.below(2 ** 31),
  int: (random) => random.below(10_000),
  bool: (random) => random.next() < 0.5,
  real: (random) => Math.round(random.next() * 10_000) / 1000,
  decimal: (random) => Math.round(random.next() * 10_000) / 1000,
  guid: (random) => random.guid(),
  timespan: (random) => `00:${String(random.below(60)).padStart(2, '0')}:${String(random.below(60)).padStart(2, '0')}`,
  dynamic: (random) => ({ Source: random.pick(FILES), Flags: [random.hex(4), random.hex(4)], Count: random.below(10) }),
}

/** One row after the other, newest first, a few seconds apart and inside the last hours. */
export function* generatedRows(
  columns: readonly ResultColumn[],
  rows: number,
  seed: number,
  now: Date,
): Generator<PlainRow> {
  const random = seeded(`rows ${seed}`)
  const makers = columns.map(({ name, type }) => makerOf(name, type))
  let at = now.getTime() - 60_000
  for (let index = 0; index < rows; index += 1) {
    at -= Math.min(5000, 3_600_000 / rows) * random.next()
    const row: Record<string, unknown> = {}
    columns.forEach(({ name, type }, position) => {
      if (name === 'ReportId' && type !== 'string') row[name] = 100_000 + index
      else if (type === 'datetime') row[name] = new Date(name === 'Timestamp' ? at : at - random.below(86_400_000))
      // One cell in twenty is null, so that nobody relies on all of them being there.
      else row[name] = random.next() < 0.05 ? null : makers[position]?.(random)
    })
    yield row
  }
}

function makerOf(name: string, type: string): Maker {
  const byType = BY_TYPE[type] ?? BY_TYPE['string']!
  const named = BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
  const isText = type === 'string'
  const isNumber = type === 'int' && /Port$/.test(name)
  return named && (isText || isNumber) && (isNumber || !/Port$/.test(name)) ? named : byType
}
