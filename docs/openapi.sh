#!/usr/bin/env bash
# Ask a camera's OpenAPI (port 20443) with curl and openssl alone:
#   export CAMERA=https://127.0.0.1:9003 PASSWORD='Front door 1'
#   bash docs/openapi.sh METHOD [PARAMS]
# CACERT=camera.pem checks the camera's certificate by that file; without it none is checked.
set -euo pipefail

sha256() { printf %s "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$2"; }
ask() { # PATH JSON
  local trust=(--insecure)
  [ -z "${CACERT:-}" ] || trust=(--cacert "$CACERT")
  curl --silent --show-error --fail --no-buffer "${trust[@]}" \
    --header 'Content-Type: application/json' --data "$2" "$CAMERA$1"
}

challenge() { ask / '{"method":"doAuth","params":null}'; }

digest() { # CHALLENGE: SHA256( SHA256(admin:realm:password) : nonce : SHA256(method:uri) )
  local a1 a2 uri
  a1=$(sha256 "admin:$(field realm "$1"):$PASSWORD")
  uri=$(field uri "$1")
  a2=$(sha256 "POST:$uri")
  sha256 "$a1:$(field nonce "$1"):$a2"
}

answer() { # NONCE RESPONSE
  ask / "{\"method\":\"doAuth\",\"params\":{\"nonce\":\"$1\",\"response\":\"$2\"}}"
}

sign_in() {
  local challenge answer stok
  challenge=$(challenge)
  answer=$(answer "$(field nonce "$challenge")" "$(digest "$challenge")")
  stok=$(field stok "$answer")
  [ -n "$stok" ] || { echo "The camera did not sign you in: $answer" >&2; return 1; }
  echo "$stok"
}

call() { # STOK METHOD [PARAMS]
  ask "/stok=$1" "{\"method\":\"$2\",\"params\":${3:-null}}"
}

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0
stok=$(sign_in)
call "$stok" "${1:?METHOD, such as getDeviceInfo}" "${2:-null}"
echo
