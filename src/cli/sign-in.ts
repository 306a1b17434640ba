/** How the command signs in: by the environment variables of Azure's own tools, never by an option. */
import { certificateUnreadable, noCredential } from '../errors/cli.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the environment gives for inputs that were not given as options. */
export interface SignIn {
  /** The inputs of the action that stand for it. */
  readonly inputs: Readonly<Record<string, string>>
  /** `AZURE_TENANT_ID`; a tenant named by an option or by the config file goes first. */
  readonly tenantId: string | undefined
}

/**
 * The secret goes before the certificate, as in Azure's own libraries (`EnvironmentCredential`); without both, a job of
 * GitHub that may ask for an ID token signs in with that.
 * Source: https://learn.microsoft.com/javascript/api/@azure/identity/environmentcredential
 */
export async function readSignIn(env: Environment, readText: (path: string) => Promise<string>): Promise<SignIn> {
  const value = (name: string): string | undefined => env[name]?.trim() || undefined
  const clientId = value('AZURE_CLIENT_ID')
  const tenantId = value('AZURE_TENANT_ID')
  const app = clientId === undefined ? {} : { 'client-id': clientId }
  const secret = value('AZURE_CLIENT_SECRET')
  if (secret !== undefined) return { inputs: { ...app, 'client-secret': secret }, tenantId }
  const path = value('AZURE_CLIENT_CERTIFICATE_PATH')
  if (path !== undefined)
    return { inputs: { ...app, 'client-certificate': await certificate(path, readText) }, tenantId }
  if (value('ACTIONS_ID_TOKEN_REQUEST_URL') === undefined) throw noCredential()
  return { inputs: app, tenantId }
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
