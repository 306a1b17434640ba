/** How the command signs in: by the environment variables of Azure's own tools, never by an option. */
import { certificateUnreadable, noCredential } from '../errors/cli.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the environment gives for inputs that were not given as options. */
export interface SignIn {
  /** The inputs of the action that stand for it. */
  readonly inputs: Readonly<Record<string, string>>
  /** The variable that each of them comes from. */
  readonly variables: Readonly<Record<string, string>>
  /** `AZURE_TENANT_ID`; a tenant named by an option or by the config file goes first. */
  readonly tenantId: string | undefined
}

/**
 * The secret goes before the certificate, as in Azure's own libraries (`EnvironmentCredential`); without both, a job of
 * GitHub that may ask for an ID token signs in with that. `AZURE_FEDERATED_TOKEN_FILE` is not read: the gate's OIDC is
 * GitHub's alone. A host without `https://` is one too, as in those libraries.
 * Source: https://learn.microsoft.com/javascript/api/@azure/identity/environmentcredential
 */
export async function readSignIn(env: Environment, readText: (path: string) => Promise<string>): Promise<SignIn> {
  const value = (name: string): string | undefined => env[name]?.trim() || undefined
  const inputs: Record<string, string> = {}
  const variables: Record<string, string> = {}
  const take = (input: string, variable: string, given: string | undefined): void => {
    if (given === undefined) return
    inputs[input] = given
    variables[input] = variable
  }
  const host = value('AZURE_AUTHORITY_HOST')
  take('client-id', 'AZURE_CLIENT_ID', value('AZURE_CLIENT_ID'))
  take('authority-url', 'AZURE_AUTHORITY_HOST', host?.includes('://') === false ? `https://${host}` : host)
  const signIn = { inputs, variables, tenantId: value('AZURE_TENANT_ID') }
  const secret = value('AZURE_CLIENT_SECRET')
  const path = value('AZURE_CLIENT_CERTIFICATE_PATH')
  if (secret !== undefined) take('client-secret', 'AZURE_CLIENT_SECRET', secret)
  else if (path !== undefined)
    take('client-certificate', 'AZURE_CLIENT_CERTIFICATE_PATH', await certificate(path, readText))
  else if (value('ACTIONS_ID_TOKEN_REQUEST_URL') === undefined)
    throw noCredential(value('AZURE_FEDERATED_TOKEN_FILE') === undefined ? undefined : 'AZURE_FEDERATED_TOKEN_FILE')
  return signIn
}

async function certificate(path: string, readText: (path: string) => Promise<string>): Promise<string> {
  let text: string
  try {
    text = await readText(path)
  } catch (thrown) {
    throw certificateUnreadable(path, thrown)
  }
  if (!text.includes('-----BEGIN ')) throw certificateUnreadable(path)
  return text
}
