#!/usr/bin/env bash
# Builds the release binary and measures it; options as for run.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --features bench --bins --example floor
exec node bench/run.mjs "$@"
