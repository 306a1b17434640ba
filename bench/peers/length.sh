#!/usr/bin/env bash
# The least that one can do with a large answer: fetch it and count its rows.
set -euo pipefail
token=$(curl -sS --fail "$LOGIN_URL/$TENANT_ID/oauth2/v2.0/token" \
  -d grant_type=client_credentials -d "client_id=$CLIENT_ID" --data-urlencode "client_secret=$CLIENT_SECRET" \
  -d scope=https://graph.microsoft.com/.default | jq -r .access_token)
curl -sS --fail "$API_URL/v1.0/security/runHuntingQuery" -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -d "$(jq -n --arg q "$QUERY" '{Query: $q, Timespan: "P1D"}')" | jq '.results | length'
