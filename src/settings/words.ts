/** The words that Microsoft Defender XDR uses: severities, states, classifications, clouds. */
import type { KnownSeverity } from '../model.ts'
import { listOf } from './lists.ts'
import { anyCase, bad, type Form, oneOf } from './parse.ts'

export const severity: Form<KnownSeverity> = oneOf(['informational', 'low', 'medium', 'high'], {
  unknown: 'Findings of unknown severity always count; give the lowest known severity that counts.',
  critical: 'Microsoft Defender XDR has no such severity: the highest is `high`.',
})

/** Source of the states: `incidentStatus` and `alertStatus` in Microsoft Graph v1.0's metadata. */
export const INCIDENT_STATES = ['active', 'inProgress', 'awaitingAction', 'resolved'] as const
export const ALERT_STATES = ['new', 'inProgress', 'resolved', 'unknown'] as const
/** What counts as open where nothing is said, in lower case. */
export const OPEN_STATES = {
  incidents: ['active', 'inprogress', 'awaitingaction'],
  alerts: ['new', 'inprogress'],
} as const
const REDIRECTED = {
  redirected:
    'A redirected incident was merged into another and never counts: leave it out, the other incident is asked for.',
}

export function states(words: readonly string[]): Form<readonly string[]> {
  const item = oneOf(words, REDIRECTED)
  return lowerCase(listOf(item, { empty: false, pattern: words.map(anyCase).join('|') }))
}

function lowerCase(form: Form<readonly string[]>): Form<readonly string[]> {
  return {
    ...form,
    read: (value) => {
      const parsed = form.read(value)
      return parsed.ok ? { ok: true, value: parsed.value.map((word) => word.toLowerCase()) } : parsed
    },
  }
}

export const incidentStates = states(INCIDENT_STATES)
export const alertStates = states(ALERT_STATES)

const CLASSIFICATIONS = ['falsePositive', 'informationalExpectedActivity', 'truePositive', 'unknown'] as const
export const classifications = lowerCase(
  listOf<string>(oneOf(CLASSIFICATIONS), { empty: true, pattern: CLASSIFICATIONS.map(anyCase).join('|') }),
)

/** Source: Microsoft Graph's list of national clouds, and the metadata of each, as of August 2026. */
const CHINA =
  'Microsoft Graph in the cloud operated by 21Vianet in China has no security operations (hunting, incidents, alerts)'
const NATIONAL = 'its Microsoft Graph has no advanced hunting'
export const UNSUPPORTED_CLOUDS: Readonly<Record<string, string>> = {
  china: CHINA,
  '21vianet': CHINA,
  mooncake: CHINA,
  bleu: NATIONAL,
  delos: NATIONAL,
  govsg: NATIONAL,
}
const GCC_HIGH = 'Did you mean `gcc-high`?'
const GOVERNMENT = 'The clouds of the US government are `gcc`, `gcc-high` and `dod`.'
const supportedCloud = oneOf(['public', 'gcc', 'gcc-high', 'dod'], {
  commercial: 'Did you mean `public`?',
  global: 'Did you mean `public`?',
  'usgov-gcc': 'Did you mean `gcc`?',
  gcchigh: GCC_HIGH,
  gov: GOVERNMENT,
  government: GOVERNMENT,
  usgov: GCC_HIGH,
  'usgov-l4': GCC_HIGH,
  'usgov-dod': 'Did you mean `dod`?',
  'usgov-l5': 'Did you mean `dod`?',
})
export const cloud: typeof supportedCloud = {
  ...supportedCloud,
  read: (value) => {
    const name = String(value).toLowerCase()
    if (!Object.hasOwn(UNSUPPORTED_CLOUDS, name)) return supportedCloud.read(value)
    const { faults } = bad(value, supportedCloud.needs)
    return { ok: false, faults: faults.map((fault) => ({ ...fault, unsupported: UNSUPPORTED_CLOUDS[name]! })) }
  },
}
