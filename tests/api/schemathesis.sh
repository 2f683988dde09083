#!/usr/bin/env bash
# Lets schemathesis try the interface for programs against a server that runs, by its own description.
#   tests/api/schemathesis.sh [URL] [TOKEN]      URL: http://127.0.0.1:8080 by default; TOKEN: also as somebody
# The server must be one of a demo store: with a token that may write, hundreds of drafts are made.
# Needs schemathesis 4 (`pip install schemathesis`, a virtual environment is fine); without it this says so and stops.
# More options go through SCHEMATHESIS_ARGS, e.g. SCHEMATHESIS_ARGS="--max-examples 500 --seed 1".
set -uo pipefail
cd "$(dirname "$0")" || exit 1
url="${1:-http://127.0.0.1:8080}" token="${2:-}"
command -v schemathesis > /dev/null || { echo "schemathesis is not installed; NOT RUN (pip install schemathesis)" >&2; exit 0; }
# shellcheck disable=SC2086
run() { schemathesis --config-file schemathesis.toml run "$url/api/openapi.json" --url "$url" --checks all ${SCHEMATHESIS_ARGS:-} "$@"; }
failed=0
run || failed=1
if [ -n "$token" ]; then run --header "Authorization: Bearer $token" || failed=1; fi
exit "$failed"
