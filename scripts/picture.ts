/**
 * The picture of a failed gate for the README, light and dark: the job summary that the built action writes on the embedded
 * cloud, drawn by Chromium in GitHub's look. Needs Chromium and npm; mermaid and fonts are installed to a temporary folder.
 * Usage: node scripts/picture.ts [--chromium /usr/bin/chromium]
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { type Scenario, startEmulator } from '../emulator/emulator.ts'
import { signInInputs } from '../emulator/settings.ts'
import { withPalette } from './png.ts'
import { runStep } from './runner.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const WIDTH = 1012
const SCALE = 1.5
const MOST_BYTES = 200_000
const TOOLS = ['mermaid@11.17.2', '@fontsource/noto-sans@5.3.0', '@iconify-json/noto@1.2.9']

/** The emojis of the summary by their names in the set of pictures: many machines have no font with colours. */
const EMOJIS: Readonly<Record<string, string>> = {
  '❌': 'cross-mark',
  '✅': 'check-mark-button',
  '⚠️': 'warning',
  '🔴': 'red-circle',
  '🟠': 'orange-circle',
  '🟡': 'yellow-circle',
  '🔵': 'blue-circle',
  '⚪': 'white-circle',
  '👉': 'backhand-index-pointing-right',
  '📌': 'pushpin',
}

const SCENARIO: Scenario = {
  tenants: [
    {
      name: 'Contoso',
      incidents: [
        {
          id: '2912',
          displayName: 'Multi-stage incident involving Initial access & Credential access on multiple endpoints',
          status: 'inProgress',
          severity: 'high',
          assignedTo: 'soc-tier2@contoso.com',
          createdDateTime: '-2h',
          customTags: ['payments'],
        },
        {
          id: '2909',
          displayName: 'Suspicious inbox manipulation rule on one account',
          status: 'active',
          severity: 'medium',
          createdDateTime: '-9h',
        },
      ],
      hunting: [
        {
          contains: 'lsass',
          rows: [
            process('-47m', 'pay-web-02', 'svc-deploy', 'procdump.exe -ma lsass.exe C:\\ProgramData\\l.dmp'),
            process('-114m', 'pay-web-01', 'diego.siciliani', 'procdump.exe -accepteula -ma lsass.exe l.dmp'),
            process('-3h', 'build-01', 'edr-test', 'procdump.exe -ma lsass.exe out.dmp'),
          ],
        },
      ],
    },
  ],
}

function process(time: string, device: string, account: string, command: string) {
  return {
    Timestamp: time,
    DeviceName: device,
    AccountName: account,
    FileName: 'procdump.exe',
    ProcessCommandLine: command,
    ReportId: 41877,
  }
}

const CONFIG = `
checks:
  - id: open-incidents
    title: Open incidents
    incidents: { min-severity: medium }
  - id: lsass-access
    title: LSASS memory read
    hunting:
      query: |
        DeviceProcessEvents
        | where FileName =~ "procdump.exe" and ProcessCommandLine has "lsass"
        | project Timestamp, DeviceName, AccountName, FileName, ProcessCommandLine, ReportId
      severity: high
      key: [DeviceName, AccountName]
  - id: new-alerts
    title: New alerts
    alerts: { created-within: 7d }
suppressions:
  - check: lsass-access
    where: { DeviceName: build-01 }
    reason: EDR test host
    owner: secops
    expires: 2099-01-31
`

/** The summary of a real run. */
async function summary(): Promise<string> {
  const cloud = await startEmulator({ scenario: SCENARIO })
  const workspace = mkdtempSync(join(tmpdir(), 'defender-gate-picture-'))
  try {
    mkdirSync(join(workspace, '.github'))
    writeFileSync(join(workspace, '.github/defender-gate.yml'), CONFIG)
    const step = await runStep({
      entry: `${root}dist/main/index.js`,
      workspace,
      inputs: {
        ...signInInputs(cloud),
        config: '.github/defender-gate.yml',
      },
      env: { NODE_EXTRA_CA_CERTS: cloud.caPath },
    })
    await step.cleanUp()
    if (step.outputs['verdict'] !== 'failed') throw new Error(`the run did not fail as it should:\n${step.stdout}`)
    return step.summary
  } finally {
    rmSync(workspace, { recursive: true, force: true })
    await cloud.close()
  }
}

const THEMES = {
  light: {
    text: '#1f2328',
    muted: '#59636e',
    back: '#ffffff',
    soft: '#f6f8fa',
    line: '#d1d9e0',
    code: '#818b981f',
    link: '#0969da',
  },
  dark: {
    text: '#f0f6fc',
    muted: '#9198a1',
    back: '#0d1117',
    soft: '#151b23',
    line: '#3d444d',
    code: '#656c7633',
    link: '#4493f8',
  },
} as const

function page(markdown: string, theme: keyof typeof THEMES, tools: string): string {
  const html = micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true })
  const drawn = html.replace(
    /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
    '<pre class="mermaid">$1</pre>',
  )
  const icons = JSON.parse(readFileSync(join(tools, 'node_modules/@iconify-json/noto/icons.json'), 'utf8')).icons
  const emojis = new RegExp(Object.keys(EMOJIS).join('|'), 'gu')
  const pictured = drawn
    .replace(emojis, (emoji) => `<svg viewBox="0 0 128 128">${icons[EMOJIS[emoji]!].body}</svg>`)
    .replace(/<svg(?:(?!<\/svg>).)*<\/svg>\u00a0\w+/gsu, '<span class="one-line">$&</span>')
  const { text, muted, back, soft, line, code, link } = THEMES[theme]
  const file = (path: string): string => pathToFileURL(join(tools, 'node_modules', path)).href
  const fonts = [400, 600].map(
    (weight) =>
      `@font-face { font-family: Text; font-weight: ${weight}; src: url(${file(`@fontsource/noto-sans/files/noto-sans-latin-${weight}-normal.woff2`)}) }`,
  )
  return `<!doctype html><meta charset="utf-8">
<style>
${fonts.join('\n')}
body { margin: 0; padding: 12px; background: ${back}; color: ${text}; font: 16px/1.5 Text, sans-serif }
main { border: 1px solid ${line}; border-radius: 6px; padding: 24px; overflow: hidden }
h2 { margin: 0 0 16px; padding-bottom: .3em; border-bottom: 1px solid ${line}; font-size: 1.5em; line-height: 1.25 }
h3 { margin: 24px 0 16px; font-size: 1.25em; line-height: 1.25 }
h2, h3, strong, th { font-weight: 600 }
p, ul, table, details { margin: 0 0 16px }
main > :last-child { margin-bottom: 0 }
ul { padding-left: 2em } li + li { margin-top: .25em }
table { border-collapse: collapse; display: block; max-width: 100% }
th, td { padding: 6px 13px; border: 1px solid ${line} }
tr:nth-child(2n) td { background: ${soft} }
code { padding: .2em .4em; border-radius: 6px; background: ${code}; font: 85%/1.45 'Liberation Mono', monospace }
a { color: ${link}; text-decoration: underline }
span.one-line { white-space: nowrap }
svg { width: 1.15em; height: 1.15em; vertical-align: -.2em }
sub { color: ${muted}; font-size: 75%; line-height: 0 }
</style>
<main>${pictured}</main>
<script src="${file('mermaid/dist/mermaid.min.js')}"></script>
<script>
async function draw() {
  mermaid.initialize({ startOnLoad: false, theme: '${theme === 'dark' ? 'dark' : 'default'}' })
  await mermaid.run()
  await Promise.all([...document.fonts].map((font) => font.load()))
  return Math.ceil(document.body.getBoundingClientRect().height)
}
</script>`
}

/** In the page: waits until it is there, then draws what scripts draw. Resolves with its height. */
const LOADED_AND_DRAWN = `(async () => {
  while (document.readyState !== 'complete' || typeof draw !== 'function') await new Promise((done) => setTimeout(done, 50))
  return draw()
})()`

/** Draws the pages with Chromium, by the DevTools protocol: a picture is taken when the page says that it is done. */
async function shoot(chromium: string, profile: string, url: string): Promise<Buffer> {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-lcd-text']
  const files = [
    `--user-data-dir=${profile}`,
    '--allow-file-access-from-files',
    '--remote-debugging-port=0',
    'about:blank',
  ]
  const browser = spawn(chromium, [...flags, ...files], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    let log = ''
    const port = await new Promise<string>((resolve, reject) => {
      browser.once('exit', () => reject(new Error(`Chromium ended:\n${log}`)))
      browser.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text
        const found = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(log)
        if (found) resolve(found[1]!)
      })
    })
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      type: string
      webSocketDebuggerUrl: string
    }[]
    const socket = new WebSocket(targets.find(({ type }) => type === 'page')!.webSocketDebuggerUrl)
    await once(socket, 'open')
    let calls = 0
    const call = async <T>(method: string, params: object): Promise<T> => {
      const id = ++calls
      socket.send(JSON.stringify({ id, method, params }))
      for (;;) {
        const [event] = (await once(socket, 'message')) as [MessageEvent]
        const answer = JSON.parse(String(event.data)) as { id?: number; result: T; error?: { message: string } }
        if (answer.id !== id) continue
        if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
        return answer.result
      }
    }
    const size = (height: number): Promise<unknown> =>
      call('Emulation.setDeviceMetricsOverride', { width: WIDTH, height, deviceScaleFactor: SCALE, mobile: false })
    await size(1000)
    await call('Page.navigate', { url })
    const drawn = await call<{ result: { value?: number } }>('Runtime.evaluate', {
      expression: LOADED_AND_DRAWN,
      awaitPromise: true,
      returnByValue: true,
    })
    const height = drawn.result.value
    if (height === undefined) throw new Error(`the page was not drawn: ${JSON.stringify(drawn)}`)
    await size(height)
    const { data } = await call<{ data: string }>('Page.captureScreenshot', { format: 'png', optimizeForSpeed: false })
    socket.close()
    return withPalette(Buffer.from(data, 'base64'))
  } finally {
    browser.removeAllListeners('exit')
    browser.kill()
    await once(browser, 'exit')
  }
}

const { values } = parseArgs({ options: { chromium: { type: 'string', default: '/usr/bin/chromium' } } })
const tools = mkdtempSync(join(tmpdir(), 'defender-gate-picture-'))
try {
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', ['install', '--prefix', tools, ...options, ...TOOLS], { stdio: 'inherit' })
  const markdown = await summary()
  for (const theme of ['light', 'dark'] as const) {
    const source = join(tools, `${theme}.html`)
    writeFileSync(source, page(markdown, theme, tools))
    const picture = await shoot(values.chromium, join(tools, theme), pathToFileURL(source).href)
    const path = join(root, 'docs/images', `summary-${theme}.png`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, picture)
    console.log(`${path}: ${picture.length} bytes`)
    if (picture.length > MOST_BYTES) throw new Error(`the picture is larger than ${MOST_BYTES} bytes`)
  }
} finally {
  rmSync(tools, { recursive: true, force: true, maxRetries: 5 })
}
