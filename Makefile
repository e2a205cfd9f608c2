# For those who have make; each target is a script that works without it.
PREFIX ?= /usr/local

build:
	scripts/build
demo:
	scripts/demo
test:
	scripts/test
install: build
	DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig
clean:
	rm -rf build

.PHONY: build demo test install clean
