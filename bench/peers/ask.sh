#!/usr/bin/env bash
# What many a workflow does in place of this action: one token, one hunting query, one list of incidents.
set -euo pipefail
token=$(curl -sS --fail "$LOGIN_URL/$TENANT_ID/oauth2/v2.0/token" \
  -d grant_type=client_credentials -d "client_id=$CLIENT_ID" --data-urlencode "client_secret=$CLIENT_SECRET" \
  -d scope=https://graph.microsoft.com/.default | jq -r .access_token)
rows=$(curl -sS --fail "$API_URL/v1.0/security/runHuntingQuery" -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -d "$(jq -n --arg q "$QUERY" '{Query: $q, Timespan: "P1D"}')" | jq '.results | length')
incidents=$(curl -sS --fail -G "$API_URL/v1.0/security/incidents" -H "Authorization: Bearer $token" \
  -d '$top=50' --data-urlencode "\$filter=status eq 'active'" | jq '[.value[] | select(.severity == "high")] | length')
echo "$rows rows, $incidents incidents"
[ "$rows" -eq 0 ] && [ "$incidents" -eq 0 ]
