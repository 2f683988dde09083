# ocop: what README.md and .ci/run call. GNU make; needs Rust (cargo), Node (npm) and a C compiler.
#   make run     builds, fills a demo store under var/ and serves it on http://127.0.0.1:8080
#   make test    everything: store tests on SQLite and PostgreSQL, guards, browser stories
#   make check   clippy with warnings as errors; `make format` shows what rustfmt would change
#   make build   target/release/ocop, with assets, law and the default pack inside, and target/release/ocop-paper beside it
#   make bench   what is measured, see bench/

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
ASSETS := assets/dist/manifest.json
ASSET_SOURCES := $(shell find assets -type f -not -path 'assets/dist/*')
STORE := var/ocop.db

.PHONY: run test check format build bench assets clean help
.DEFAULT_GOAL := help

help:
	@sed -n '2,6s/^# *//p' Makefile

run: $(ASSETS)
	$(CARGO) build
	@test -f $(STORE) || $(TARGET)/debug/ocop init --demo || { rm -f $(STORE) $(STORE)-wal $(STORE)-shm; exit 1; }
	$(TARGET)/debug/ocop serve

test: $(ASSETS)
	@bash tests/run.sh

check: $(ASSETS)
	$(CARGO) clippy --workspace --all-targets -- -D warnings

format:
	$(CARGO) fmt --check

build: $(ASSETS)
	$(CARGO) build --release --workspace

bench: $(ASSETS)
	bash bench/run.sh

assets: $(ASSETS)

# npm writes node_modules/.package-lock.json last, so it tells whether the folder is whole and how old it is
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

$(ASSETS): node_modules/.package-lock.json $(ASSET_SOURCES)
	node assets/build.mjs
	@touch $@

clean:
	$(CARGO) clean
	rm -rf assets/dist node_modules
