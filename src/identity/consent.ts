/** What an administrator of a tenant has to do so that the app may ask there: once a tenant, and after each new permission. */
import type { Tenant } from '../model.ts'

/** Scope of the API that consent is asked for where the caller names none: Graph of the authority's cloud. */
function graphScope(authority: string): string {
  return URL.parse(authority)?.hostname.endsWith('.us')
    ? 'https://graph.microsoft.us/.default'
    : 'https://graph.microsoft.com/.default'
}

/**
 * The admin-consent link, v2 form. Application permissions need the `/.default` scope. There is no `redirect_uri`: the gate
 * can't know one that the app has registered, and Entra ID takes the app's first.
 * Source: MicrosoftDocs/entra-docs, docs/identity-platform/v2-admin-consent.md.
 */
export function adminConsentUrl(o: { authority: string; tenant: string; clientId: string; scope?: string }): string {
  const query = new URLSearchParams({ client_id: o.clientId, scope: o.scope ?? graphScope(o.authority) })
  return `${new URL(o.authority).origin}/${encodeURIComponent(o.tenant)}/v2.0/adminconsent?${query}`
}

/** What the administrator has to do, in whole sentences, with the link. */
export function consentHelp(o: { authority: string; tenant: Tenant; clientId: string; scope?: string }): string {
  return (
    `An administrator of tenant ${o.tenant.label} (Privileged Role Administrator or Global Administrator) opens this link, signs in there and accepts: ` +
    `${adminConsentUrl({ ...o, tenant: o.tenant.id })} ` +
    '(a page that can’t be shown after accepting does no harm). In a tenant other than its own the app must be multi-tenant, with a redirect URI under Authentication › Web. ' +
    'It may take some minutes until the consent counts.'
  )
}
