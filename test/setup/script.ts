/** Runs scripts/setup-entra.sh: with a fake Azure CLI that answers from rules, or with any environment. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const SCRIPT = fileURLToPath(new URL('../../scripts/setup-entra.sh', import.meta.url))

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

export const run = (args: readonly string[], env: Record<string, string>): Promise<Ran> =>
  runTool('bash', [SCRIPT, ...args], env)

/** Asynchronous, because the emulator that it may talk to lives in this process. */
export function runTool(tool: string, args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status: status ?? -1, out, err }))
  })
}

/** The first rule whose pattern (of bash, on all arguments) matches answers. `once`: and is gone then. */
export interface Rule {
  readonly when: string
  readonly say?: string
  readonly fail?: string
  readonly once?: boolean
}

const TOOL = `#!/usr/bin/env bash
name=\${0##*/}
printf '%s\\n' "\${*//$'\\n'/ }" >>"$FAKE/$name.calls"
[ ! -e "$FAKE/$name.reads" ] || cat >>"$FAKE/$name.stdin"
for rule in "$FAKE/$name".rules/*; do
  [ -e "$rule/when" ] || continue
  if [[ "$*" =~ $(<"$rule/when") ]]; then
    status=0
    if [ -e "$rule/say" ]; then cat "$rule/say"; fi
    if [ -e "$rule/fail" ]; then cat "$rule/fail" >&2; status=1; fi
    if [ -e "$rule/once" ]; then rm -r "$rule"; fi
    exit $status
  fi
done
exit 0
`

/** A folder for the front of PATH with a fake `az`, and others by name. */
export class FakeTools {
  readonly folder = mkdtempSync(join(tmpdir(), 'setup-entra-'))

  constructor(rules: Readonly<Record<string, readonly Rule[]>>) {
    for (const [tool, list] of Object.entries({ sleep: [], ...rules })) {
      writeFileSync(join(this.folder, tool), TOOL)
      chmodSync(join(this.folder, tool), 0o755)
      if (tool === 'gh') writeFileSync(join(this.folder, 'gh.reads'), '')
      for (const [index, rule] of list.entries()) {
        const folder = join(this.folder, `${tool}.rules`, String(index).padStart(3, '0'))
        mkdirSync(folder, { recursive: true })
        const { when, say, fail, once } = rule
        for (const [name, text] of Object.entries({ when, say, fail, once: once ? '' : undefined })) {
          if (text !== undefined) writeFileSync(join(folder, name), text)
        }
      }
    }
  }

  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return run(args, { PATH: `${this.folder}:/usr/bin:/bin`, HOME: this.folder, FAKE: this.folder, ...env })
  }

  /** One line a call, the arguments joined by spaces. */
  calls(tool = 'az'): string[] {
    const path = join(this.folder, `${tool}.calls`)
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
  }

  /** Calls of Graph that change something. */
  writes(): string[] {
    return this.calls().filter((call) => /^rest --method (?:post|patch|delete)/.test(call))
  }

  stdin(tool: string): string {
    const path = join(this.folder, `${tool}.stdin`)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The value of `--body` in a recorded call. */
// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely in tests
export function bodyOf(call: string | undefined): any {
  return JSON.parse(/ --body '?(\{.*\})'?(?: --|$)/.exec(call ?? '')?.[1] ?? 'null')
}
