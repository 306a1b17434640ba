import { describe, expect, it } from '@jest/globals'
import { summaryText } from '../../../scripts/summary-text.ts'

const show = (markdown: string): string => summaryText(markdown, { width: 110, colour: false })
const row = (...cells: string[]): string =>
  `| ${cells.map(() => 'head').join(' | ')} |\n| ${cells.map(() => '---').join(' | ')} |\n| ${cells.join(' | ')} |\n`

describe('the summary in a terminal', () => {
  it('shows an address of mail as it is, whole or cut, as code or as text', () => {
    const six = ['a', 'b', 'c', 'd', 'e']
    for (const cell of ['`tier2@contoso.com`', '`soc-tier2-of-the-night@contoso.com`', 'tier2@&#8203;contoso.com']) {
      const text = show(row(...six, cell))
      expect(text).not.toContain('mailto')
      expect(text).not.toContain('`')
      expect(text).not.toContain('\u200b')
    }
    expect(show(row(...six, '`soc-tier2@contoso.com`'))).toContain('soc-tier2@contoso.com ')
  })

  it('is the text of what GitHub draws', () => {
    const text = show(
      '## Passed\n\n[Portal](https://security.microsoft.com/x)<br>one<details><summary>more</summary>x</details>',
    )
    expect(text).not.toMatch(/<|https:/)
    expect(text).toMatch(/Portal one/)
    expect(text).toContain('▸ more')
  })
})
