#!/usr/bin/env bash
# Sets up Entra ID for Defender Gate with the Azure CLI: app registration, service principal, application permissions with
# admin consent, and one way to sign in. Run it again at any time: it changes only what is missing. See docs/setup-entra.md.
# Works with bash 3.2 and needs nothing but az; openssl for --credential certificate, gh for --credential secret.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: setup-entra.sh --repository OWNER/REPO (--environment NAME | --branch NAME | --tag NAME | --pull-request) [options]

What the app may do
  --name NAME              app registration to find or create (default: Defender Gate)
  --client-id GUID         use this app registration, whatever its name
  --checks LIST            incidents, alerts, hunting (default: incidents); only their permissions are added
  --api graph|defender-xdr (default: graph)
  --cloud public|gcc|gcc-high|dod (default: public)
  --tenant GUID            stop unless az is signed in to this tenant
  --multi-tenant           let customers' tenants consent to the app (partner access)
  --redirect-uri URI       page after a customer's consent (default: the cloud's Azure portal)

How the workflow signs in
  --credential oidc|secret|certificate (default: oidc, no secret to keep)
  --repository OWNER/REPO  repository of the workflow
  --environment NAME       oidc: jobs that name this environment
  --branch NAME            oidc: jobs on this branch, without environment
  --tag NAME               oidc: jobs on this tag, without environment
  --pull-request           oidc: jobs of pull requests, without environment
  --subject TEXT           oidc: the whole subject, where GitHub's template is customised
  --immutable-subject --owner-id N --repository-id N
                           oidc: subject with ids, the default of repositories made, renamed or moved since 2026-07-15
  --issuer URL             oidc: for GitHub Enterprise (default: https://token.actions.githubusercontent.com)
  --certificate FILE.pem   certificate: only its public part is uploaded
  --secret-to github|FILE  secret: store it with gh (default) or in a new file; it is never printed
  --secret-days N          secret: days until it expires (default: 180)
  --rotate                 secret: make a new one although there is one

  --dry-run                show every change and its command, make none
  --help

Exit status: 0 done · 1 failed · 2 wrong arguments · 3 done, but an administrator has to consent
TEXT
}

wrong() {
  printf 'setup-entra: %s\nTry: setup-entra.sh --help\n' "$1" >&2
  exit 2
}
fail() {
  printf 'setup-entra: %s\n' "$1" >&2
  exit 1
}
say() { printf '%s\n' "$*"; }

# --- arguments --------------------------------------------------------------------------------------------------------

name='Defender Gate' client_id='' checks=incidents api=graph cloud=public tenant='' multi_tenant=no redirect_uri=''
credential=oidc repository='' environment='' branch='' tag='' pull_request=no subject='' immutable=no owner_id='' repository_id=''
issuer=https://token.actions.githubusercontent.com certificate='' secret_to=github secret_days=180 rotate=no dry_run=no

while [ $# -gt 0 ]; do
  option=$1
  case $option in
    --multi-tenant) multi_tenant=yes ;;
    --pull-request) pull_request=yes ;;
    --immutable-subject) immutable=yes ;;
    --rotate) rotate=yes ;;
    --dry-run) dry_run=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    --name | --client-id | --checks | --api | --cloud | --tenant | --redirect-uri | --credential | --repository | --environment | \
      --branch | --tag | --subject | --owner-id | --repository-id | --issuer | --certificate | --secret-to | --secret-days)
      [ $# -ge 2 ] || wrong "$option needs a value"
      case $2 in '' | --*) wrong "$option needs a value" ;; esac
      case $2 in *[[:cntrl:]]*) wrong "the value of $option has a control character" ;; esac
      variable=${option#--}
      printf -v "${variable//-/_}" '%s' "$2"
      shift
      ;;
    *) wrong "unknown argument: $option" ;;
  esac
  shift
done

GUID='^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'
NAME='^[A-Za-z0-9][A-Za-z0-9 ._()-]{0,119}$'
[[ $name =~ $NAME ]] || wrong '--name takes letters, digits, spaces and . _ - ( )'
[ -z "$client_id" ] || [[ $client_id =~ $GUID ]] || wrong '--client-id takes a GUID'
[ -z "$tenant" ] || [[ $tenant =~ $GUID ]] || wrong '--tenant takes a GUID'
if [ -n "$repository" ]; then
  [[ $repository =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || wrong '--repository takes OWNER/REPO'
fi
[[ $issuer =~ ^https://[^[:space:]]+$ ]] || wrong '--issuer takes an https:// address'
[ -z "$redirect_uri" ] || [[ $redirect_uri =~ ^https://[^[:space:]]+$ ]] || wrong '--redirect-uri takes an https:// address'
[ -z "$redirect_uri" ] || [ $multi_tenant = yes ] || wrong '--redirect-uri goes with --multi-tenant'
case $api in graph | defender-xdr) ;; *) wrong '--api takes graph or defender-xdr' ;; esac

# Permission by check and API, always by name: their ids differ from cloud to cloud.
permission_of() {
  case $api/$1 in
    graph/incidents) say SecurityIncident.Read.All ;;
    graph/alerts) say SecurityAlert.Read.All ;;
    graph/hunting) say ThreatHunting.Read.All ;;
    defender-xdr/incidents | defender-xdr/alerts) say Incident.Read.All ;;
    defender-xdr/hunting) say AdvancedHunting.Read.All ;;
    *) return 1 ;;
  esac
}
check_list='' permissions=''
for check in ${checks//,/ }; do
  permission=$(permission_of "$check") || wrong "--checks takes incidents, alerts and hunting, not $check"
  case " $check_list " in *" $check "*) ;; *) check_list="${check_list:+$check_list }$check" ;; esac
  case " $permissions " in *" $permission "*) ;; *) permissions="${permissions:+$permissions }$permission" ;; esac
done
[ -n "$check_list" ] || wrong '--checks takes at least one of incidents, alerts, hunting'

az_cloud=AzureCloud graph_root='' scope_root='' audience=api://AzureADTokenExchange portal=https://portal.azure.com/
resource_app=00000003-0000-0000-c000-000000000000 resource_name='Microsoft Graph'
case $cloud in
  public) xdr_root=https://api.security.microsoft.com ;;
  gcc) xdr_root=https://api-gcc.security.microsoft.us ;;
  gcc-high | dod)
    az_cloud=AzureUSGovernment audience=api://AzureADTokenExchangeUSGov portal=https://portal.azure.us/
    xdr_root=https://api-gov.security.microsoft.us
    # The Azure CLI has one endpoint for both; Graph has a root of its own for DoD.
    if [ "$cloud" = dod ]; then graph_root=https://dod-graph.microsoft.us; fi
    ;;
  *) wrong '--cloud takes public, gcc, gcc-high or dod; other clouds have no Defender XDR API' ;;
esac
if [ "$api" = defender-xdr ]; then
  resource_app=8ee8fdad-f234-4243-8f3b-15c294843740 resource_name='Microsoft Threat Protection' scope_root=$xdr_root
fi

ways=0
for way in "$environment" "$branch" "$tag" "$subject" "${pull_request#no}"; do
  if [ -n "$way" ]; then ways=$((ways + 1)); fi
done
case $credential in
  oidc)
    [ $ways -eq 1 ] || wrong 'sign-in by oidc needs exactly one of --environment, --branch, --tag, --pull-request and --subject'
    [ -n "$repository" ] || [ -n "$subject" ] || wrong 'sign-in by oidc needs --repository'
    if [ $immutable = yes ]; then
      [ -z "$subject" ] || wrong '--immutable-subject does not go with --subject, which is taken as it is'
      [[ $owner_id =~ ^[0-9]+$ && $repository_id =~ ^[0-9]+$ ]] ||
        wrong "--immutable-subject needs --owner-id and --repository-id, numbers that this shows: gh api repos/$repository --jq '.owner.id, .id'"
    elif [ -n "$owner_id$repository_id" ]; then
      wrong '--owner-id and --repository-id go with --immutable-subject'
    fi
    ;;
  secret)
    [[ $secret_days =~ ^[1-9][0-9]{0,2}$ ]] || wrong '--secret-days takes a number from 1 to 999'
    if [ "$secret_to" = github ]; then
      [ -n "$repository" ] || wrong '--secret-to github needs --repository'
    else
      [ ! -e "$secret_to" ] || wrong "--secret-to names a file that exists: $secret_to"
    fi
    ;;
  certificate)
    [ -n "$certificate" ] || wrong '--credential certificate needs --certificate FILE.pem'
    [ -r "$certificate" ] || wrong "--certificate names a file that can't be read: $certificate"
    ;;
  *) wrong '--credential takes oidc, secret or certificate' ;;
esac
[ "$credential" = certificate ] || [ -z "$certificate" ] || wrong '--certificate goes with --credential certificate'
[ "$credential" = secret ] || [ $rotate = no ] || wrong '--rotate goes with --credential secret'
if [ "$credential" != oidc ]; then
  if [ -n "$branch$tag$subject${pull_request#no}" ] || [ $immutable = yes ]; then wrong "the workflow's subject goes with --credential oidc"; fi
fi

# --- helpers ----------------------------------------------------------------------------------------------------------

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
changes=0 fresh=no answer='' quote="'\\''"

json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# json_append ARRAY ELEMENT: the JSON array with one element more. az has no jq, and none is needed for this.
json_append() {
  local front=${1%]*}
  if [[ $front =~ ^[[:space:]]*\[[[:space:]]*$ ]]; then printf '[%s]' "$2"; else printf '%s,%s]' "$front" "$2"; fi
}

# graph METHOD PATH [BODY] [QUERY] [FORMAT]: one call of Microsoft Graph; prints what the JMESPath QUERY gives.
graph() {
  local method=$1 url=$graph_root/v1.0$2 body=${3:-} query=${4:-} format=${5:-tsv}
  set -- rest --method "$method" --url "$url" --resource "$graph_root/" --only-show-errors
  if [ -n "$body" ]; then set -- "$@" --body "$body"; fi
  if [ -n "$query" ]; then set -- "$@" --query "$query" --output "$format"; else set -- "$@" --output none; fi
  az "$@" 2>"$errors"
}

graph_failed() {
  printf 'setup-entra: %s\n' "$1" >&2
  head -c 2000 "$errors" >&2
  printf '\n' >&2
  if denied; then
    say "The signed-in account may not do that. It takes the role Application Administrator or Cloud Application Administrator (or, for a" \
      "service principal, the Graph permission Application.ReadWrite.All)." >&2
  fi
  exit 1
}
denied() { grep -q 'Authorization_RequestDenied' "$errors"; }
# A new object takes some seconds until every replica of the directory knows it.
not_yet_known() { [ $fresh = yes ] && grep -Eq 'Request_ResourceNotFound|does not reference a valid application object' "$errors"; }

# change SENTENCE METHOD PATH BODY [QUERY]: makes one change, its result in $answer. In a dry run shows it only. False if refused.
change() {
  local sentence=$1 try
  shift
  changes=$((changes + 1)) answer=''
  if [ $dry_run = yes ]; then
    say "would $sentence"
    printf "    az rest --method %s --url '%s' --resource '%s' --body '%s'\n" "$1" "$graph_root/v1.0$2" "$graph_root/" "${3//\'/$quote}"
    return 0
  fi
  for try in 1 2 3 4 5 6; do
    if answer=$(graph "$@"); then
      say "+ $sentence"
      return 0
    fi
    not_yet_known || break
    if [ "$try" -lt 6 ]; then sleep 5; fi
  done
  return 1
}
keep() { say "= $*"; }
note() { say "! $*"; }

# --- who is signed in, and where --------------------------------------------------------------------------------------

command -v az >/dev/null || fail "the Azure CLI (az) is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli. Azure's Cloud Shell has it."
account=$(az account show --query '[tenantId, user.name]' --output tsv 2>"$errors") ||
  fail 'az is not signed in. Run: az login --allow-no-subscriptions --tenant TENANT'
tenant_id=${account%%$'\n'*}
[[ $tenant_id =~ $GUID ]] || fail 'az did not say which tenant it is signed in to'
if [ -n "$tenant" ] && [ "$(tr '[:upper:]' '[:lower:]' <<<"$tenant")" != "$tenant_id" ]; then
  fail "az is signed in to tenant $tenant_id, not $tenant. Run: az login --allow-no-subscriptions --tenant $tenant"
fi
endpoints=$(az cloud show --query '[name, endpoints.activeDirectory, endpoints.microsoftGraphResourceId]' --output tsv 2>"$errors") ||
  graph_failed 'az does not know its cloud'
{
  read -r signed_in_cloud
  read -r authority
  read -r az_graph
} <<<"$endpoints"
case $signed_in_cloud in
  "$az_cloud") ;;
  Azure*) fail "az uses the cloud $signed_in_cloud, but --cloud $cloud is in $az_cloud. Run: az cloud set --name $az_cloud && az login --allow-no-subscriptions" ;;
  *) say "az uses the custom cloud $signed_in_cloud: its endpoints are taken." ;;
esac
authority=${authority%/}
if [ -z "$graph_root" ] || [ "$signed_in_cloud" != "$az_cloud" ]; then graph_root=${az_graph%/}; fi
scope_root=${scope_root:-$graph_root}
say "Tenant $tenant_id, signed in as ${account#*$'\n'}, cloud $cloud."

# What a credential needs is checked before anything is created.
if [ "$credential" = secret ] && [ "$secret_to" = github ] && [ $dry_run = no ]; then
  command -v gh >/dev/null || fail 'the GitHub CLI (gh) stores the secret, and it is not installed. Or give --secret-to FILE.'
  gh auth status >/dev/null 2>&1 || fail 'gh is not signed in. Run: gh auth login'
fi
if [ "$credential" = certificate ]; then
  command -v openssl >/dev/null || fail 'openssl, which reads the certificate, is not installed'
  openssl x509 -in "$certificate" -noout 2>/dev/null || fail "$certificate holds no certificate in PEM"
  openssl x509 -in "$certificate" -noout -checkend 0 >/dev/null || fail "the certificate in $certificate has expired"
  key_text=$(openssl x509 -in "$certificate" -noout -pubkey | openssl pkey -pubin -noout -text)
  bits=$(sed -n 's/.*Public-Key: (\([0-9]*\) bit.*/\1/p' <<<"$key_text")
  { grep -q Modulus <<<"$key_text" && [ "${bits:-0}" -ge 2048 ]; } || fail "the certificate in $certificate has no RSA key of at least 2048 bits, which Entra ID wants"
  # Only the certificate: a private key in the same file stays where it is.
  public_key=$(openssl x509 -in "$certificate" -outform DER | openssl base64 -A)
fi

# --- the API and its roles --------------------------------------------------------------------------------------------

offered=$(graph get "/servicePrincipals?\$filter=appId%20eq%20'$resource_app'" '' \
  "value[0].[id, join(' ', appRoles[?isEnabled && contains(allowedMemberTypes, 'Application')].join('=', [value, id]))]") ||
  graph_failed "the directory of tenant $tenant_id can't be read"
resource_id=${offered%%$'\n'*} roles=" ${offered#*$'\n'} "
[[ $resource_id =~ $GUID ]] || fail "the tenant has no $resource_name. Open https://security.microsoft.com there once (it needs a Defender licence), or run: az ad sp create --id $resource_app"
role_id() { [[ $roles =~ " $1="([0-9a-f-]+)" " ]] && say "${BASH_REMATCH[1]}"; }
role_name() { if [[ $roles =~ " "([A-Za-z.]+)"=$1 " ]]; then say "${BASH_REMATCH[1]}"; else say "$1"; fi; }
role_ids='' access='[]'
for permission in $permissions; do
  id=$(role_id "$permission") || fail "$resource_name offers no application permission $permission in this cloud"
  role_ids="${role_ids:+$role_ids }$id"
  access=$(json_append "$access" "{\"id\":\"$id\",\"type\":\"Role\"}")
done

# --- app registration -------------------------------------------------------------------------------------------------

if [ -n "$client_id" ]; then filter="appId%20eq%20'$client_id'"; else filter="displayName%20eq%20'${name// /%20}'"; fi
found=$(graph get "/applications?\$filter=$filter" '' 'value[].[id, appId, signInAudience, displayName]') ||
  graph_failed "the app registrations can't be read"
[ -z "$found" ] || [ "$(wc -l <<<"$found")" -eq 1 ] || fail "$(wc -l <<<"$found" | tr -d ' ') app registrations are called \"$name\". Choose one with --client-id: $(cut -f 2 <<<"$found" | tr '\n' ' ')"
redirect_uri=${redirect_uri:-$portal}
if [ -z "$found" ]; then
  [ -z "$client_id" ] || fail "tenant $tenant_id has no app registration with client id $client_id"
  sign_in=AzureADMyOrg web=''
  # Consent from another tenant ends on a redirect URI, so there has to be one.
  if [ $multi_tenant = yes ]; then sign_in=AzureADMultipleOrgs web=",\"web\":{\"redirectUris\":[$(json "$redirect_uri")]}"; fi
  body="{\"displayName\":$(json "$name"),\"signInAudience\":\"$sign_in\",\"requiredResourceAccess\":[{\"resourceAppId\":\"$resource_app\",\"resourceAccess\":$access}]$web}"
  change "create the app registration \"$name\" with ${permissions// /, }" post /applications "$body" '[id, appId]' ||
    graph_failed 'the app registration could not be created'
  object_id=${answer%%$'\n'*} app_id=${answer#*$'\n'} fresh=yes
  if [ $dry_run = yes ]; then object_id=OBJECT_ID app_id=CLIENT_ID; fi
else
  IFS=$'\t' read -r object_id app_id sign_in app_name <<<"$found"
  keep "app registration \"$app_name\", client id $app_id"
  if [ $multi_tenant = yes ]; then
    redirects=$(graph get "/applications/$object_id?\$select=web" '' 'web.redirectUris' json) || graph_failed "the app registration can't be read"
    if [ "$sign_in" != AzureADMultipleOrgs ] || [[ ! $redirects =~ https:// ]]; then
      if [[ ! $redirects =~ https:// ]]; then redirects=$(json_append "${redirects:-[]}" "$(json "$redirect_uri")"); fi
      change 'let other tenants consent to it' patch "/applications/$object_id" "{\"signInAudience\":\"AzureADMultipleOrgs\",\"web\":{\"redirectUris\":$redirects}}" ||
        graph_failed 'the app registration could not be changed'
    fi
  elif [ "$sign_in" != AzureADMyOrg ]; then
    note 'other tenants may consent to this app; that is left as it is'
  fi
  select="/applications/$object_id?\$select=requiredResourceAccess"
  others=$(graph get "$select" '' "requiredResourceAccess[?resourceAppId != '$resource_app']" json) || graph_failed "the app registration can't be read"
  asked=$(graph get "$select" '' "requiredResourceAccess[?resourceAppId == '$resource_app'].resourceAccess[]" json) || graph_failed "the app registration can't be read"
  new=''
  for id in $role_ids; do
    case $asked in *"$id"*) continue ;; esac
    asked=$(json_append "${asked:-[]}" "{\"id\":\"$id\",\"type\":\"Role\"}")
    new="${new:+$new, }$(role_name "$id")"
  done
  if [ -n "$new" ]; then
    all=$(json_append "${others:-[]}" "{\"resourceAppId\":\"$resource_app\",\"resourceAccess\":$asked}")
    change "add to it: $new" patch "/applications/$object_id" "{\"requiredResourceAccess\":$all}" || graph_failed 'the permissions could not be added'
  else
    keep "asks for ${permissions// /, }"
  fi
fi

# --- service principal and admin consent ------------------------------------------------------------------------------

principal_id=''
if [ $fresh = no ]; then
  principal_id=$(graph get "/servicePrincipals?\$filter=appId%20eq%20'$app_id'" '' 'value[].id') || graph_failed "the service principal can't be read"
fi
if [ -n "$principal_id" ]; then
  keep 'service principal'
  granted=$(graph get "/servicePrincipals/$principal_id/appRoleAssignments" '' "value[?resourceId == '$resource_id'].appRoleId") || graph_failed "the granted permissions can't be read"
else
  change 'create its service principal' post /servicePrincipals "{\"appId\":\"$app_id\"}" id || graph_failed 'the service principal could not be created'
  principal_id=$answer granted='' fresh=yes
  if [ $dry_run = yes ]; then principal_id=SERVICE_PRINCIPAL_ID; fi
fi

consent=yes
for id in $role_ids; do
  permission=$(role_name "$id")
  case $granted in
    *"$id"*)
      keep "admin consent for $permission"
      continue
      ;;
  esac
  body="{\"principalId\":\"$principal_id\",\"resourceId\":\"$resource_id\",\"appRoleId\":\"$id\"}"
  if change "grant admin consent for $permission" post "/servicePrincipals/$principal_id/appRoleAssignments" "$body"; then continue; fi
  denied || graph_failed "admin consent for $permission could not be granted"
  changes=$((changes - 1)) consent=no
  break
done
for id in $granted; do
  case " $role_ids " in *" $id "*) ;; *) note "the app also has $(role_name "$id"), which these checks don't need; that is left as it is" ;; esac
done

# --- credential -------------------------------------------------------------------------------------------------------

add_federated() {
  local rest who list line found_name found_id found_audience title checksum
  if [ -z "$subject" ]; then
    who=repo:$repository
    if [ $immutable = yes ]; then who=repo:${repository%%/*}@$owner_id/${repository#*/}@$repository_id; fi
    # GitHub writes a colon inside a value as %3A.
    if [ -n "$environment" ]; then
      rest=environment:${environment//:/%3A}
    elif [ -n "$branch" ]; then
      rest=ref:refs/heads/${branch//:/%3A}
    elif [ -n "$tag" ]; then
      rest=ref:refs/tags/${tag//:/%3A}
    else
      rest=pull_request
    fi
    subject=$who:$rest
  fi
  list=''
  if [ "$object_id" != OBJECT_ID ]; then
    list=$(graph get "/applications/$object_id/federatedIdentityCredentials" '' 'value[].[id, name, audiences[0], issuer, subject]') || graph_failed "the federated credentials can't be read"
  fi
  title=github-$(sed -E 's/[^A-Za-z0-9]+/-/g; s/^-|-$//g' <<<"$subject")
  title=${title:0:120}
  checksum=$(cksum <<<"$subject")
  while IFS= read -r line; do
    IFS=$'\t' read -r found_id found_name found_audience line <<<"$line"
    if [ "$line" = "$issuer"$'\t'"$subject" ]; then
      if [ "$found_audience" = "$audience" ]; then
        keep "federated credential $found_name for $subject"
      else
        change "set the audience of the federated credential $found_name to $audience" patch "/applications/$object_id/federatedIdentityCredentials/$found_id" "{\"audiences\":[\"$audience\"]}" ||
          graph_failed 'the federated credential could not be changed'
      fi
      return
    fi
    # Two subjects can give the same name, which has to be unique.
    if [ "$found_name" = "$title" ]; then title=${title:0:109}-${checksum%% *}; fi
  done <<<"$list"
  change "add the federated credential $title for $subject" post "/applications/$object_id/federatedIdentityCredentials" \
    "{\"name\":$(json "$title"),\"issuer\":$(json "$issuer"),\"subject\":$(json "$subject"),\"audiences\":[\"$audience\"],\"description\":\"Defender Gate\"}" ||
    graph_failed 'the federated credential could not be added'
}

add_certificate() {
  local keys='[]' same=''
  if [ "$object_id" != OBJECT_ID ]; then
    # Each change replaces the whole list, so what is there goes back with it.
    local select="/applications/$object_id?\$select=keyCredentials"
    same=$(graph get "$select" '' "keyCredentials[?key == '$public_key'].keyId") || graph_failed "the certificates of the app can't be read"
    keys=$(graph get "$select" '' keyCredentials json) || graph_failed "the certificates of the app can't be read"
  fi
  if [ -n "$same" ]; then
    keep "certificate with key id $same"
    return
  fi
  change 'add the certificate' patch "/applications/$object_id" \
    "{\"keyCredentials\":$(json_append "${keys:-[]}" "{\"type\":\"AsymmetricX509Cert\",\"usage\":\"Verify\",\"displayName\":\"Defender Gate\",\"key\":\"$public_key\"}")}" ||
    graph_failed 'the certificate could not be added'
}

# The value goes from Graph to its store and is never printed, also not by a shell that traces.
add_secret() {
  set +x
  local now ends old='' valid='' line key_id value
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  ends=$(date -u -d "+$secret_days days" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v "+${secret_days}d" +%Y-%m-%dT%H:%M:%SZ)
  if [ "$object_id" != OBJECT_ID ]; then
    old=$(graph get "/applications/$object_id?\$select=passwordCredentials" '' "passwordCredentials[?displayName == 'Defender Gate'].[endDateTime, keyId]") || graph_failed "the client secrets of the app can't be read"
  fi
  while IFS=$'\t' read -r line key_id; do
    if [[ $line > $now ]]; then valid=$line; fi
  done <<<"$old"
  if [ -n "$valid" ] && [ $rotate = no ]; then
    keep "client secret, valid until ${valid%%T*}; --rotate makes a new one"
    return
  fi
  change "add a client secret, valid until ${ends%%T*}" post "/applications/$object_id/addPassword" \
    "{\"passwordCredential\":{\"displayName\":\"Defender Gate\",\"endDateTime\":\"$ends\"}}" '[keyId, secretText]' || graph_failed 'the client secret could not be added'
  if [ $dry_run = yes ]; then return; fi
  key_id=${answer%%$'\n'*} value=${answer#*$'\n'} answer=''
  if store_secret "$value" 2>"$errors"; then
    value=''
    say "+ stored it in $stored"
  else
    value=''
    # A secret that nobody has is only a risk.
    graph post "/applications/$object_id/removePassword" "{\"keyId\":\"$key_id\"}" 2>/dev/null || true
    fail "the client secret could not be stored in $stored, so it was removed again"
  fi
  if [ -n "$old" ]; then
    say 'Remove the earlier ones after the next run that passed:'
    while IFS=$'\t' read -r line key_id; do say "    az ad app credential delete --id $app_id --key-id $key_id   # valid until ${line%%T*}"; done <<<"$old"
  fi
}
store_secret() {
  if [ "$secret_to" = github ]; then
    stored="the GitHub secret DEFENDER_CLIENT_SECRET of $repository${environment:+, environment $environment}"
    printf '%s' "$1" | gh secret set DEFENDER_CLIENT_SECRET --repo "$repository" ${environment:+--env "$environment"} >/dev/null
  else
    stored="the file $secret_to"
    (
      umask 077
      set -o noclobber
      printf '%s' "$1" >"$secret_to"
    )
  fi
}

case $credential in
  oidc) add_federated ;;
  certificate) add_certificate ;;
  secret) add_secret ;;
esac

# --- what to do with it -----------------------------------------------------------------------------------------------

consent_link() {
  local scope=$scope_root/.default
  scope=${scope//:/%3A}
  say "$authority/$1/v2.0/adminconsent?client_id=$app_id&scope=${scope//\//%2F}"
}

say
if [ $dry_run = yes ]; then
  say "Dry run: $changes change(s) to make, none made."
elif [ $changes -eq 0 ]; then
  say 'Nothing to change.'
else
  say "$changes change(s) made."
fi
if [ $consent = no ]; then
  cat <<TEXT

Admin consent is missing: the signed-in account may not grant it. An administrator of tenant $tenant_id (Privileged Role
Administrator or Global Administrator) opens this link, signs in there and accepts. A page that can't be shown after accepting
does no harm.

    $(consent_link "$tenant_id")

Until then the gate fails with "permission-missing". To check, run this script again as that administrator.
TEXT
fi
if [ $multi_tenant = yes ]; then
  cat <<TEXT

Each customer's administrator opens this link, with the customer's tenant id or domain in place of CUSTOMER, and accepts:

    $(consent_link CUSTOMER)
TEXT
fi

printf '\ntenant-id: %s\nclient-id: %s\n\nIn the workflow:\n\n' "$tenant_id" "$app_id"
say '    jobs:'
say '      gate:'
say '        runs-on: ubuntu-latest'
if [ -n "$environment" ]; then say "        environment: $(json "$environment")"; fi
case $credential/$check_list in
  oidc/* | */*hunting*) say '        permissions:' ;;
  *) say '        permissions: {}' ;;
esac
if [ "$credential" = oidc ]; then say '          id-token: write # to sign in to Entra ID without a secret'; fi
case $check_list in *hunting*) say '          contents: read # to check out the query files' ;; esac
say '        steps:'
for check in $check_list; do
  case $check in hunting) say '          - uses: actions/checkout@v5 # for the query files' ;; esac
  say '          - uses: defender-gate/defender-gate@v1'
  say '            with:'
  say "              tenant-id: $tenant_id"
  say "              client-id: $app_id"
  # shellcheck disable=SC2016 # an expression of GitHub's, not of the shell
  case $credential in
    secret) say '              client-secret: ${{ secrets.DEFENDER_CLIENT_SECRET }}' ;;
    certificate) say '              client-certificate: ${{ secrets.DEFENDER_CLIENT_CERTIFICATE }}' ;;
  esac
  if [ "$cloud" != public ]; then say "              cloud: $cloud"; fi
  if [ "$api" != graph ]; then say "              api: $api"; fi
  say "              check: $check"
  if [ "$check" = hunting ]; then say '              queries: hunting/**/*.kql'; fi
done
if [ "$credential" = certificate ]; then
  cat <<TEXT

Store the certificate together with its private key (unencrypted PEM) as a secret:

    gh secret set DEFENDER_CLIENT_CERTIFICATE --repo ${repository:-OWNER/REPO}${environment:+ --env $(json "$environment")} < certificate-and-key.pem
TEXT
fi
if [ $consent = no ]; then exit 3; fi
