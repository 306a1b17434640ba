/** `node emulator/main.ts --scenario release-blocked`: the emulated cloud until Ctrl+C, and the settings to use it. */
import { parseArgs } from 'node:util'
import { type Emulator, startEmulator } from './emulator.ts'
import { signInInputs } from './settings.ts'

const USAGE = `Usage: node emulator/main.ts [--scenario <name or path>] [--json]

  --scenario  a YAML or JSON file, or one of clear, release-blocked, hunting-hit, partner (default: release-blocked)
  --json      print the settings as one line of JSON`

function settings(cloud: Emulator) {
  return {
    env: {
      NODE_EXTRA_CA_CERTS: cloud.caPath,
      ACTIONS_ID_TOKEN_REQUEST_URL: cloud.oidcRequestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: cloud.oidcRequestToken,
      GITHUB_API_URL: cloud.githubUrl,
    },
    inputs: {
      ...signInInputs(cloud),
    },
  }
}

function show(name: string, cloud: Emulator): string {
  const { env, inputs } = settings(cloud)
  const lines = (record: Record<string, string>, form: (key: string, value: string) => string) =>
    Object.entries(record)
      .map(([key, value]) => form(key, value))
      .join('\n')
  return `The emulated cloud is up with the scenario "${name}". Nothing here is a secret of anything real.

Environment:
${lines(env, (key, value) => `  export ${key}='${value}'`)}

Inputs of the action:
${lines(inputs, (key, value) => `  ${key}: '${value}'`)}

Press Ctrl+C to stop.`
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'release-blocked' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const cloud = await startEmulator({ scenario: values.scenario })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      cloud.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
  console.log(values.json ? JSON.stringify(settings(cloud)) : show(values.scenario, cloud))
}

try {
  await main()
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 2
}
