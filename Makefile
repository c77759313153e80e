# The verbs. `make` alone builds; `make help` lists them all.
SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

PREFIX ?= /usr/local
DESTDIR ?=
export CARGO_TARGET_DIR ?= $(CURDIR)/target
out := $(CARGO_TARGET_DIR)/release

# Everywhere the same profile and the committed versions. rust.sh finds a cargo that is new enough.
cargo = . scripts/rust.sh && find_rust && cargo
flags := --release --locked
lane = @scripts/lane.sh $@
# What tests/e2e/run.sh runs beside what is shipped.
browser_programs = $(cargo) build -q $(flags) -p appliance -p rustreamer-viewers && cargo build -q $(flags) -p rustreamer-tests --bin sound-bursts
programs := ustreamer ustreamer-dump $(if $(filter-out 0,$(WITH_JANUS)),janus/libjanus_ustreamer.so)

.PHONY: all
all: $(programs)  ## build ./ustreamer and ./ustreamer-dump; WITH_JANUS=1 also janus/libjanus_ustreamer.so

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

# cargo knows what is up to date, so these are always asked of it. The set-up installs what is missing and is silent otherwise.
.PHONY: setup-build setup-test setup-demo setup-bench setup-deb setup-overlays setup-image setup-test-image force
setup-build setup-test setup-demo setup-bench setup-deb setup-overlays setup-image setup-test-image:
	@scripts/setup.sh $(@:setup-%=%)

ustreamer ustreamer-dump &: force | setup-build
	@$(cargo) build $(flags) -p rustreamer
	@install -C $(out)/ustreamer $(out)/ustreamer-dump .

janus/libjanus_ustreamer.so: force | setup-build
	@$(cargo) build $(flags) -p janus-ustreamer
	@install -C -m 644 $(out)/libjanus_ustreamer.so $@

.PHONY: demo
demo: | setup-demo  ## the picture in your browser; DEVICE=/dev/video0 PORT=8080 JANUS_PORT=8188
	@$(MAKE) --no-print-directory all WITH_JANUS=1
	@exec scripts/demo.sh

.PHONY: bench
bench: | setup-bench  ## measure everything: BENCH.md and target/bench.json
	@$(MAKE) --no-print-directory all WITH_JANUS=1
	@$(browser_programs)
	@. scripts/rust.sh && find_rust && tests/bench/run.sh

.PHONY: fuzz
fuzz: | setup-build  ## parsers against inputs that libFuzzer makes up, each for TIME=600 seconds; TARGETS='sink jpeg': only these
	@tests/fuzz/run.sh long $(or $(TIME),600) $(TARGETS)

.PHONY: deb
deb: | setup-deb  ## Debian packages for amd64 and arm64, in target/deb; ARCHS=amd64: only these
	@image/deb/build.sh $(or $(ARCHS),amd64 arm64)

.PHONY: overlays
overlays: | setup-overlays  ## device-tree overlays for capture bridges on Debian's kernel, in target/overlays
	@overlays/build.sh

.PHONY: image image-lock image-artifacts
image: | setup-image  ## the appliance's disk image for arm64, in target/image; KERNEL=debian MIRROR=URL: Debian from there; image/README.md: keys for updates
	@$(if $(MIRROR),RUSTREAMER_MIRROR=$(MIRROR)) KERNEL=$(KERNEL) image/build.sh

image-artifacts: | setup-image  ## what is handed out of it: compressed, with checksums and a list of its parts; MINISIGN_KEY=FILE signs; RELEASE_URL=URL: for Raspberry Pi Imager
	@. scripts/rust.sh && find_rust && image/artifacts.sh

image-lock: | setup-image  ## today's versions of the image's Debian packages into image/packages.lock; KERNEL=rpi RPI_MIRROR=URL RPI_KEYRING=FILE: packages-rpi.lock
	@$(if $(MIRROR),RUSTREAMER_MIRROR=$(MIRROR)) KERNEL=$(KERNEL) image/lock.sh

.PHONY: bindings
bindings: | setup-build  ## generate the V4L2 bindings anew from this machine's kernel headers
	@$(cargo) run $(flags) -p v4l2m2m-bindings

# ---- the tests: `make test` runs every lane, in this order

# (scripts/test.sh sets BUILT once the lane `build` is done.)
built := $(if $(BUILT),,build)
lanes := lint build test-unit test-memory test-fuzz test-abi-arm64 test-interop test-demo test-deb test-overlays test-image test-vm test-vm-stock test-e2e

.PHONY: test kept $(lanes)
test: | setup-test kept  ## all lanes below, stopping at the first that fails
	@scripts/test.sh $(lanes)
	@scripts/compiled.sh keep

# What is made once and kept in the cache. It takes long the first time, and says so; afterwards it is silent.
kept: | setup-test
	@for root in janus-1.1 janus-1.4 ustreamer-4.9 ustreamer-5.4 qemu-7.2 qemu-10.0 pulse; do scripts/debroot.sh $$root > /dev/null || exit; done
	@scripts/arm64-toolchain.sh true
	@tests/vm/kernel.sh > /dev/null
	@tests/deb/root.sh > /dev/null
	@tests/overlays/kernel.sh > /dev/null
	@tests/vm/module-stock.sh amd64 > /dev/null
	@image/base.sh > /dev/null
	@scripts/compiled.sh take

lint: | setup-test  ## formatting, clippy, licences of the dependencies, shell and browser scripts
	$(lane) scripts/lint.sh

build: | setup-test  ## everything that the lanes below run
	$(lane) $(MAKE) --no-print-directory all WITH_JANUS=1

test-unit: | setup-test  ## tests beside the code
	$(lane) cargo test $(flags) --workspace --exclude rustreamer-tests --exclude rustreamer-fuzz

test-memory: | setup-test  ## the plugin's functions as Janus calls them, under valgrind
	$(lane) tests/valgrind.sh

test-fuzz: | setup-test  ## parsers against some thousands of inputs each that libFuzzer makes up; `make fuzz` makes more
	$(lane) tests/fuzz/run.sh quick

test-abi-arm64: | setup-test  ## the kernel's and the sink's layouts on arm64, under qemu
	$(lane) env CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/cross scripts/arm64-toolchain.sh cargo test $(flags) -p memsink -p v4l2m2m

test-interop: | $(built)  ## processes: refusals, restarts, and Debian's own ustreamer and ustreamer-dump against ours
	$(lane) cargo test $(flags) -p rustreamer-tests

test-demo: | $(built)  ## `make demo` from start to Ctrl-C
	$(lane) tests/demo.sh

test-deb: | $(built)  ## the packages: looked at, installed over Debian's ustreamer, run, upgraded, removed
	$(lane) tests/deb/run.sh

test-overlays: | setup-test  ## the overlays, merged into the base trees of Debian's arm64 kernel, looked at property by property, booted in QEMU
	$(lane) tests/overlays/run.sh

test-e2e: | $(built)  ## Chromium and Firefox on the whole chain, and through the appliance's door
	@$(browser_programs)
	$(lane) tests/e2e/run.sh

# Not among the lanes of `make test`, for its time; a short one is in test-e2e.
.PHONY: soak
soak: | $(built)  ## viewers come and go for SOAK=600 seconds: memory and descriptors of Janus and the streamer stay
	@$(browser_programs)
	@SOAK=$(or $(SOAK),600) tests/e2e/run.sh soak.test.mjs

test-vm: | $(built)  ## a real kernel with V4L2: capture in every format, the kernel's encoder, a picture and sound in Chromium
	@$(cargo) build -q $(flags) -p rustreamer-tests --bins
	@$(cargo) build -q $(flags) -p v4l2m2m --examples
	$(lane) tests/vm/test.sh

test-vm-stock: | $(built)  ## Debian's stock kernel in QEMU, with two processors: what only these can get wrong
	$(lane) tests/vm/test.sh stock

test-image: | setup-test-image  ## the appliance's image, started in QEMU as on a board: a picture comes out, and nothing else that should not
	$(lane) tests/image/run.sh start

# Not among the lanes of `make test`, for their time: starts, most of an hour of them, on an emulated processor.
.PHONY: test-image-settings
test-image-settings: | setup-test-image  ## what the owner wrote on the card: Wi-Fi in the kernel's air, SSH, Raspberry Pi Imager's files; the doctor's report
	$(lane) tests/image/run.sh settings

.PHONY: test-image-updates test-image-boards
test-image-updates: | setup-test-image  ## the image's updates, good and bad, factory reset, watchdog; CUTS=3 power cuts, SEED=NUMBER
	$(lane) tests/image/run.sh updates

test-image-boards: | setup-test-image  ## the card, started on QEMU's Raspberry Pi 3 and 4 with an HDMI receiver announced; what is handed out of it
	$(lane) tests/image/run.sh boards

# ----

.PHONY: install
install: all  ## into $(DESTDIR)$(PREFIX)/bin; WITH_JANUS=1 also $(PREFIX)/lib/ustreamer/janus
	install -D -t $(DESTDIR)$(PREFIX)/bin ustreamer ustreamer-dump
	$(if $(filter %.so,$(programs)),install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/ustreamer/janus janus/libjanus_ustreamer.so)

.PHONY: clean
clean:  ## remove what was built here (the cache of kernels and roots stays)
	rm -rf target ustreamer ustreamer-dump janus/libjanus_ustreamer.so
