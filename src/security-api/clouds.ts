/**
 * Where each Microsoft cloud has its sign-in, its APIs and its portal. Sources, as of August 2026:
 * - sign-in and Graph roots: microsoft-graph-docs-contrib `concepts/deployments.md`; the security operations are in the
 *   metadata of the public cloud and of Fairfax (GCC High, DoD), and in no other, so China is not supported;
 * - Defender XDR roots: defender-docs `defender-xdr/api-supported.md` and `defender-xdr/usgov.md`;
 * - the audience of the government Defender roots is not documented; `<root>/.default` is what Microsoft's msticpy asks for;
 * - GCC lives in the worldwide Entra and Graph, with a Defender root of its own;
 * - audience of federated credentials: entra-docs for the public cloud; for US government seen in public client code.
 */
import type { ApiName, CloudName } from '../model.ts'

export interface Endpoints {
  /** Origin of the Entra ID sign-in. */
  readonly authority: string
  /** Root of the API, without a version. */
  readonly apiOrigin: string
  /** Scope to ask a token for. */
  readonly scope: string
  /** Every `aud` that a token for this API may carry: the URL with and without a slash (v1), the resource's app id (v2). */
  readonly audiences: readonly string[]
  /** Origin of the Defender portal. */
  readonly portal: string
  /** Audience of the GitHub OIDC token that Entra of this cloud expects in a federated credential. */
  readonly oidcAudience: string
}

interface Cloud {
  readonly authority: string
  readonly portal: string
  readonly oidcAudience: string
  readonly roots: Readonly<Record<ApiName, string>>
}

/** App ids of the resources: microsoft-graph-docs; "Microsoft Threat Protection" as seen in token and consent screens. */
const RESOURCE_APP_IDS: Readonly<Record<ApiName, string>> = {
  graph: '00000003-0000-0000-c000-000000000000',
  'defender-xdr': '8ee8fdad-f234-4243-8f3b-15c294843740',
}

const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    portal: 'https://security.microsoft.com',
    oidcAudience: 'api://AzureADTokenExchange',
    roots: { graph: 'https://graph.microsoft.com', 'defender-xdr': 'https://api.security.microsoft.com' },
  },
  gcc: {
    authority: 'https://login.microsoftonline.com',
    portal: 'https://security.microsoft.com',
    oidcAudience: 'api://AzureADTokenExchange',
    roots: { graph: 'https://graph.microsoft.com', 'defender-xdr': 'https://api-gcc.security.microsoft.us' },
  },
  'gcc-high': {
    authority: 'https://login.microsoftonline.us',
    portal: 'https://security.microsoft.us',
    oidcAudience: 'api://AzureADTokenExchangeUSGov',
    roots: { graph: 'https://graph.microsoft.us', 'defender-xdr': 'https://api-gov.security.microsoft.us' },
  },
  dod: {
    authority: 'https://login.microsoftonline.us',
    portal: 'https://security.apps.mil',
    oidcAudience: 'api://AzureADTokenExchangeUSGov',
    roots: { graph: 'https://dod-graph.microsoft.us', 'defender-xdr': 'https://api-gov.security.microsoft.us' },
  },
}

/** The endpoints of one API in one cloud. */
export function endpoints(cloud: CloudName, api: ApiName): Endpoints {
  const { authority, portal, oidcAudience, roots } = CLOUDS[cloud]
  const apiOrigin = roots[api]
  return {
    authority,
    apiOrigin,
    scope: `${apiOrigin}/.default`,
    audiences: [apiOrigin, `${apiOrigin}/`, RESOURCE_APP_IDS[api]],
    portal,
    oidcAudience,
  }
}
