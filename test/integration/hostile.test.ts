/** Rows are written by attackers: through the whole gate they reach no command, no markup and no formula. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import { GateStage } from '../support/gate-world.ts'
import { gfmToHtml, tags } from '../support/gfm.ts'
import { HOSTILE_TEXTS } from '../support/hostile.ts'
import { hunted } from '../support/hunted.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

const OURS = /^::(?:error|warning|debug)(?: title=Defender Gate[^:]*)?::/

describe('hostile text', () => {
  it('in the rows of a query stays text', async () => {
    const rows = HOSTILE_TEXTS.map((text, index) => ({ DeviceName: text, [`Column ${index}`]: text, FileName: text }))
    const run = await stage.gate({
      inputs: { check: 'hunting', query: 'T', key: 'DeviceName' },
      scenario: { faults: [hunted({ rows })] },
    })
    expect(run.outputs).toMatchObject({ verdict: 'failed', findings: String(rows.length) })
    // The log has its own lines, and nothing of the rows.
    for (const line of run.lines) {
      expect(line).not.toMatch(/[\n\r]|##\[/)
      if (line.trimStart().startsWith('::')) expect(line).toMatch(OURS)
      expect(line).not.toMatch(/owned|evil/)
    }
    const html = gfmToHtml(run.summary)
    expect(tags(html).filter((tag) => ['script', 'img', 'svg', 'iframe', 'b', 'input'].includes(tag))).toEqual([])
    expect(html).not.toMatch(/href="(?!https:\/\/(?:security\.microsoft\.com|example\.org)\/|#)/)
    const csv: string[][] = parse(run.file('findings.csv')!)
    expect(csv).toHaveLength(rows.length + 1)
    for (const cell of csv.slice(1).flatMap((line) => line.slice(0, 7)))
      expect(cell).not.toMatch(/^[\s\u3000]*[=+\-@＝＋－＠|\t\r]/u)
    // Programs get what was there.
    expect(
      run.report.checks[0].findings.map((one: { data: { FileName: string } }) => one.data.FileName.toWellFormed()),
    ).toEqual(rows.map((row) => String(row.FileName).toWellFormed()))
  })

  it('in the titles and tags of incidents stays text', async () => {
    const incidents = HOSTILE_TEXTS.map((text) => ({
      severity: 'high',
      displayName: text.toWellFormed(),
      customTags: [text.toWellFormed()],
      incidentWebUrl: text.toWellFormed(),
    }))
    const run = await stage.gate({ inputs: { check: 'incidents' }, scenario: { tenants: [{ incidents }] } })
    expect(run.outputs['findings']).toBe(String(incidents.length))
    for (const line of run.lines) if (line.trimStart().startsWith('::')) expect(line).toMatch(OURS)
    expect(run.lines.join('\n')).not.toMatch(/owned|evil/)
    for (const { url } of run.report.checks[0].findings) if (url !== undefined) expect(url).toMatch(/^https:\/\//)
  })

  it('in the answer of an error stays text', async () => {
    for (const text of HOSTILE_TEXTS.slice(0, 12)) {
      const fault = {
        route: 'incidents',
        action: 'status' as const,
        status: 400,
        body: { error: { code: text, message: text } },
      }
      const run = await stage.gate({ inputs: { check: 'incidents' }, scenario: { faults: [fault] } })
      expect(run.outputs['verdict']).toBe('error')
      for (const line of [...run.lines, run.finalMessage!]) {
        expect(line).not.toMatch(/[\n\r\u001b]/)
        if (line.trimStart().startsWith('::')) expect(line).toMatch(OURS)
      }
    }
  })
})

describe('many findings', () => {
  it('fit the summary of GitHub, with the rest counted', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      DeviceName: `host-${index}`,
      CommandLine: `${'<|🦊`'.repeat(40)}${index}`,
    }))
    const run = await stage.gate({ inputs: { check: 'hunting', query: 'T' }, scenario: { faults: [hunted({ rows })] } })
    expect(run.outputs['findings']).toBe('5000')
    expect(Buffer.byteLength(run.summary)).toBeLessThan(1024 * 1024)
    expect(run.summary).toMatch(/and [\d,]+ more/)
    expect(run.report.checks[0].findings).toHaveLength(5000)
    expect(run.lines.join('\n').length).toBeLessThan(5000)
  })

  it('of many checks still end in one annotation each', async () => {
    const checks = Array.from({ length: 60 }, (_, index) => `  - { id: c${index}, incidents: {} }`)
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': `checks:\n${checks.join('\n')}\n` },
      scenario: { tenants: [{ incidents: [{ severity: 'high' }] }] },
    })
    expect(run.lines.filter((line) => line.startsWith('::error '))).toHaveLength(60)
    expect(Buffer.byteLength(run.summary)).toBeLessThan(1024 * 1024)
  })
})
