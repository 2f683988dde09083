#!/usr/bin/env bash
# `make test`: installs what is missing, starts a PostgreSQL server of its own, runs all tests, stops it again.
# The last line is the count: "total: N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
export INSTA_UPDATE="${INSTA_UPDATE:-no}"
passed=0 failed=0
notes=()
minutes=()

# Says where the time since the last call went.
spent() {
  minutes+=("minutes: $(((SECONDS - since) / 60)):$(printf %02d $(((SECONDS - since) % 60))) $1")
  since=$SECONDS
}
since=$SECONDS

is_ci() { [ -n "${CI:-}" ] && [ "$CI" != false ] && [ "$CI" != 0 ]; }

# What cannot run is a failure in CI and one loud line at home.
cannot() {
  echo "!!! $*" >&2
  notes+=("$*")
  if is_ci; then failed=$((failed + 1)); fi
}

# --- what the tests need from the system -------------------------------------------------------------------------
find_postgres() {
  local folder
  for folder in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin; do
    if [ -x "$folder/initdb" ]; then echo "$folder"; fi
  done | sort -V | tail -1
}
postgres_bin="$(find_postgres)"
chromium="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
wanted=()
[ -n "$postgres_bin" ] || wanted+=(postgresql)
[ -n "$chromium" ] || wanted+=(chromium)
have_poppler() { command -v pdftotext > /dev/null && command -v pdffonts > /dev/null; }
have_poppler || wanted+=(poppler-utils)
if [ ${#wanted[@]} -gt 0 ]; then
  install="apt-get install -y --no-install-recommends ${wanted[*]}"
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "installing ${wanted[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive $install -q; } > target/apt.log 2>&1 || tail -5 target/apt.log
  else
    echo "The tests need ${wanted[*]}; an administrator runs: $install" >&2
  fi
  postgres_bin="$(find_postgres)"
  chromium="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}"
fi

have_poppler || cannot "poppler-utils is not installed: papers were printed but not measured"

# --- where stores of tests stand ----------------------------------------------------------------------------------
# in memory, if there is room: a database of PostgreSQL is a thousand files, and every test makes one
fast=""
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 1500000 ]; then
  fast="$(mktemp -d /dev/shm/ocop-tests.XXXXXX)"
  chmod 755 "$fast"
fi
# Runs a command whose temporary files stand there.
on_fast() { if [ -n "$fast" ]; then TMPDIR="$fast" "$@"; else "$@"; fi; }

# --- a throw-away PostgreSQL server ------------------------------------------------------------------------------
postgres_folder=""
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
stop() {
  if [ -n "$postgres_folder" ]; then
    as_postgres "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -m immediate -w stop > /dev/null 2>&1
    rm -rf "$postgres_folder"
    postgres_folder=""
  fi
  rm -f "${TMPDIR:-/tmp}"/ocop_template_*.db
  if [ -n "$fast" ]; then rm -rf "$fast"; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

start_postgres() {
  local port try
  postgres_folder="$(on_fast mktemp -d -t ocop-postgres.XXXXXX)"
  chmod 755 "$postgres_folder"
  if [ "$(id -u)" = 0 ]; then chown postgres "$postgres_folder"; fi
  as_postgres "$postgres_bin/initdb" -D "$postgres_folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync > "$postgres_folder.log" 2>&1 || return 1
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    if as_postgres "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -w -t 30 -l "$postgres_folder/server.log" \
      -o "-p $port -k $postgres_folder -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB -c max_connections=200" \
      start >> "$postgres_folder.log" 2>&1; then
      export OCOP_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
      rm -f "$postgres_folder.log"
      return 0
    fi
  done
  return 1
}
if [ -n "${OCOP_TEST_POSTGRES:-}" ]; then
  echo "PostgreSQL: the server of OCOP_TEST_POSTGRES"
elif [ -n "$postgres_bin" ] && start_postgres; then
  echo "PostgreSQL: a throw-away server of $("$postgres_bin/postgres" --version | cut -d' ' -f3)"
else
  cannot "PostgreSQL could not be started: store tests ran on SQLite only"
fi

# --- Rust tests --------------------------------------------------------------------------------------------------
spent "what the system lacked, PostgreSQL"
log="$(mktemp)"
# every snapshot that a test asks for is noted, so that one that nobody asks for any more is told
export INSTA_SNAPSHOT_REFERENCES_FILE="$(mktemp)"
cargo test --workspace --no-run
spent "build"
if cargo nextest --version > /dev/null 2>&1; then
  on_fast cargo nextest run --no-fail-fast --color never --status-level slow --final-status-level fail 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  summary="$(grep -E '^ *Summary \[' "$log" | tail -1)"
  count() { echo "$summary" | grep -oE "[0-9]+ $1" | grep -oE '[0-9]+' || echo 0; }
  rust_passed=$(count passed) rust_failed=$(($(count failed) + $(count 'timed out') + $(count 'exec failed')))
else
  on_fast cargo test --no-fail-fast 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  sum() { grep -E '^test result:' "$log" | grep -oE "[0-9]+ $1" | awk '{ n += $1 } END { print n + 0 }'; }
  rust_passed=$(sum passed) rust_failed=$(sum failed)
fi
rm -f "$log"
if [ "$status" != 0 ] && [ "$rust_failed" = 0 ]; then rust_failed=1; fi
stale="$(comm -23 <(find tests src crates -name '*.snap' -exec realpath {} + | sort -u) <(xargs -r -d '\n' realpath < "$INSTA_SNAPSHOT_REFERENCES_FILE" | sort -u))"
rm -f "$INSTA_SNAPSHOT_REFERENCES_FILE"
unset INSTA_SNAPSHOT_REFERENCES_FILE
if [ "$rust_failed" = 0 ] && [ -n "$stale" ]; then
  echo "no test asks for these snapshots any more; delete them:"
  echo "$stale"
  rust_failed=1
fi
echo "rust: $rust_passed passed, $rust_failed failed"
spent "Rust tests"
passed=$((passed + rust_passed)) failed=$((failed + rust_failed))

# --- stories in a browser ----------------------------------------------------------------------------------------
if [ -z "$chromium" ]; then
  cannot "Chromium is not installed: the browser stories did not run"
else
  # the binary is there: the integration tests build it, and `cargo build` would build all libraries again without
  # the features that the test libraries ask for
  log="$(mktemp)"
  CHROMIUM="$chromium" OCOP_BIN="${CARGO_TARGET_DIR:-target}/debug/ocop" on_fast node tests/browser/run.mjs 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  line="$(grep -E '[0-9]+ passed, [0-9]+ failed' "$log" | tail -1)"
  rm -f "$log"
  browser_passed=$(echo "$line" | grep -oE '[0-9]+ passed' | grep -oE '[0-9]+' || echo 0)
  browser_failed=$(echo "$line" | grep -oE '[0-9]+ failed' | grep -oE '[0-9]+' || echo 0)
  if [ "$status" != 0 ] && [ "$browser_failed" = 0 ]; then browser_failed=1; fi
  passed=$((passed + browser_passed)) failed=$((failed + browser_failed))
fi

spent "stories in a browser"
printf '%s\n' "${minutes[@]}"
for note in "${notes[@]}"; do echo "!!! $note" >&2; done
echo "total: $passed passed, $failed failed"
[ "$failed" = 0 ]
