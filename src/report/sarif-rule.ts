/** The SARIF rule of a check: what code scanning shows as title, help and tags of every alert of it. */
import type { CheckResult, Query, Severity } from '../model.ts'
import { brief, forMarkdown, forMarkdownBlock, forMarkdownCode, forSarifText, markdownLink } from './escape.ts'
import { rank } from './words.ts'

/** GitHub: over 9.0 is critical, 7.0 high, 4.0 medium, above 0 low. `unknown` is not known to be harmless. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  informational: '1.0',
  unknown: '5.5',
}
/** Of a finding and, by the highest of them, of a rule. */
export const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  high: 'error',
  medium: 'warning',
  low: 'note',
  informational: 'note',
  unknown: 'warning',
}
/** GitHub shows ten tags of a rule and refuses more than twenty. */
const MOST_TAGS = 10
const LONGEST_QUERY = 4000

/** One rule a check. It names the check, its query and its MITRE ATT&CK techniques, and no text of a finding. */
export function ruleOf(result: CheckResult) {
  const { check } = result
  const query = 'query' in check.ask ? check.ask.query : undefined
  const severity = severityOf(result, query)
  const title = brief(check.title, 200) || brief(check.id, 200)
  const about = describe(result, query)
  return {
    id: check.id,
    name: nameOf(check.id),
    shortDescription: { text: forSarifText(title) },
    fullDescription: { text: forSarifText(about) },
    help: { text: forSarifText(`${about} ${ADVICE}`), markdown: helpMarkdown(result, query, about) },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      'security-severity': SECURITY_SEVERITY[severity],
      precision: 'high',
      tags: tagsOf(result, query),
    },
  }
}

const ADVICE =
  'Resolve or classify the finding in the Microsoft Defender portal, or hold it with a suppression that has a reason and an end. The alert closes with the next upload that no longer has it.'

function describe(result: CheckResult, query: Query | undefined): string {
  if (query?.description !== undefined && query.description.trim() !== '') return brief(query.description, 900)
  switch (result.check.ask.kind) {
    case 'incidents':
      return 'An open incident in Microsoft Defender XDR that counts for this check.'
    case 'alerts':
      return 'An open alert in Microsoft Defender XDR that counts for this check.'
    case 'hunting':
      return 'A row of an advanced hunting query in Microsoft Defender XDR.'
  }
}

function helpMarkdown(result: CheckResult, query: Query | undefined, about: string): string {
  const parts = [`# ${forMarkdown(brief(result.check.title, 200))}`, forMarkdown(about), ADVICE]
  if (query !== undefined) {
    const link = markdownLink('Open this query in advanced hunting', result.portalUrl)
    if (link.startsWith('[')) parts.push(link)
    parts.push(
      forMarkdownBlock(
        query.text.length > LONGEST_QUERY ? `${query.text.slice(0, LONGEST_QUERY)}\n…` : query.text,
        'kusto',
      ),
    )
  }
  const techniques = techniquesOf(query)
  if (techniques.length > 0) parts.push(`MITRE ATT&CK: ${techniques.map((one) => forMarkdownCode(one)).join(', ')}`)
  return parts.join('\n\n')
}

/** GitHub takes one severity a rule: the highest that it has, so that nothing is shown as less than it is. */
function severityOf(result: CheckResult, query: Query | undefined): Severity {
  const { ask } = result.check
  const asked: Severity = query?.severity ?? ('question' in ask ? ask.question.minSeverity : 'medium')
  let most: Severity = asked
  for (const { severity } of result.findings) if (rank(severity) > rank(most)) most = severity
  return most
}

function tagsOf(result: CheckResult, query: Query | undefined): string[] {
  const tactics = (query?.tactics ?? [])
    .map((tactic) => tactic.trim())
    .filter((tactic) => /^[A-Za-z][A-Za-z &-]*$/.test(tactic))
  const tags = [
    'security',
    'microsoft-defender',
    result.check.ask.kind,
    ...techniquesOf(query).map((technique) => `external/attack/${technique}`),
    ...tactics.map((tactic) => `external/attack/${kebab(tactic)}`),
  ]
  return [...new Set(tags)].slice(0, MOST_TAGS)
}

function techniquesOf(query: Query | undefined): string[] {
  const given = (query?.techniques ?? []).map((technique) => technique.trim().toUpperCase())
  return [...new Set(given.filter((technique) => /^T\d{4}(\.\d{3})?$/.test(technique)))]
}

/** `CredentialAccess` and `Credential Access` are `credential-access`. */
function kebab(tactic: string): string {
  return tactic
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/[^A-Za-z]+/g, '-')
    .toLowerCase()
}

/** `open-incidents` as `OpenIncidents`: SARIF wants a name that reads like an identifier. */
function nameOf(id: string): string {
  const words = id.normalize('NFKD').match(/[A-Za-z0-9]+/g) ?? ['check']
  return words
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .slice(0, 200)
}
