"""What most scripts in the field start from: one token, one hunting query, one list of incidents, over urllib."""

import json
import os
import sys
import urllib.parse
import urllib.request

env = os.environ


def ask(url, headers=None, data=None):
    request = urllib.request.Request(url, data=data, headers=headers or {})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


form = {
    "grant_type": "client_credentials",
    "client_id": env["CLIENT_ID"],
    "client_secret": env["CLIENT_SECRET"],
    "scope": "https://graph.microsoft.com/.default",
}
token = ask(
    f"{env['LOGIN_URL']}/{env['TENANT_ID']}/oauth2/v2.0/token",
    data=urllib.parse.urlencode(form).encode(),
)["access_token"]
headers = {"Authorization": f"Bearer {token}"}
rows = ask(
    f"{env['API_URL']}/v1.0/security/runHuntingQuery",
    {**headers, "Content-Type": "application/json"},
    json.dumps({"Query": env["QUERY"], "Timespan": "P1D"}).encode(),
)["results"]
query = urllib.parse.urlencode({"$top": 50, "$filter": "status eq 'active'"})
incidents = ask(f"{env['API_URL']}/v1.0/security/incidents?{query}", headers)["value"]
high = [incident for incident in incidents if incident["severity"] == "high"]
print(f"{len(rows)} rows, {len(high)} incidents")
sys.exit(1 if rows or high else 0)
