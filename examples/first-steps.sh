#!/usr/bin/env bash
# First steps, by hand: a server with its sandbox, an organization with one number, a text that arrives, a person who answers
# STOP, and a second text that is not sent. Needs no account. Read it from top to bottom: every line is one to type.
#   examples/first-steps.sh [path of the program, build/sterling]
set -euo pipefail
sterling=$(realpath "${1:-$(dirname "$0")/../build/sterling}")
# The server is its own: nothing that is exported for a real installation reaches it.
for name in PUBLIC_URL "${!TWILIO_@}" "${!STERLING_@}"; do
  unset "$name"
done
export STERLING_DATA_DIR STERLING_ORG=acme
STERLING_DATA_DIR=$(mktemp -d /tmp/sterling-first.XXXXXX)

# The server. It writes its addresses and the operator's key into the data directory; the command line finds them there.
"$sterling" serve --sandbox --port=0 --events_port=0 >/dev/null 2>"$STERLING_DATA_DIR/log" &
server=$!
trap 'kill $server 2>/dev/null && wait $server || true; rm -rf "$STERLING_DATA_DIR"' EXIT
until [ -f "$STERLING_DATA_DIR/server.json" ]; do
  kill -0 $server 2>/dev/null || { cat "$STERLING_DATA_DIR/log"; exit 1; }
  sleep 0.1
done
value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }
sandbox=$(value sandbox_url <"$STERLING_DATA_DIR/server.json")

# A tenant. At the real Twilio its brand, program, service and number exist already; the sandbox makes them on request.
"$sterling" org create acme --registration approved --brand standard --score 80
inbound=$("$sterling" org show acme --json | value inbound)
service=$(curl -s "$sandbox/_sandbox/services" -d "{\"friendly_name\": \"Acme\", \"inbound_request_url\": \"$inbound\",
  \"program\": {\"brand\": 1, \"brand_score\": 80}}" | value sid)
curl -s "$sandbox/_sandbox/numbers" -d "{\"service\": \"$service\", \"numbers\": [\"+14155550100\"]}" >/dev/null
"$sterling" org update acme --service "$service" >/dev/null
"$sterling" sender add +14155550100

# A text, and what became of it. Waits here are for a person who reads along.
state() { "$sterling" messages list --to "$1" --limit 1 --json | value state; }
"$sterling" send +12125550123 "Your code is 421337" --urgent
until [ "$(state +12125550123)" = delivered ]; do sleep 0.2; done
"$sterling" messages list

# The person answers STOP: the next text is blocked, with the reason.
curl -s "$sandbox/_sandbox/inbound" -d '{"from": "+12125550123", "to": "+14155550100", "body": "STOP"}' >/dev/null
until "$sterling" consent show +12125550123 --json | grep opted_out >/dev/null; do sleep 0.2; done
"$sterling" send +12125550123 "Are you still there?" || echo "(exit code $?: refused with a reason)"
