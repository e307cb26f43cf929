# Two commands: `make test` installs what the tests need and passes them, `make lint` holds the code to its style.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
SYSTEM := libusb-1.0-0 libgl1 libegl1 libgl1-mesa-dri libx11-6 libudev1 libgomp1 libglib2.0-0 libdbus-1-3 libfontconfig1 \
  libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 \
  libxcb-shape0 libxcb-xinerama0 libxcb-xkb1 xvfb

.PHONY: test lint check system clean copied

test: $(BIN)/installed system
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

lint: $(BIN)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

check: lint test

# Whether the venv's shapefield is this tree: README's first command puts a copy in its place, which tests must not see.
EDITABLE := $(shell grep -Els '"editable": *true' $(VENV)/lib/python*/site-packages/shapefield-*.dist-info/direct_url.json)

$(BIN)/installed: pyproject.toml constraints.txt $(if $(EDITABLE),,copied)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

# System libraries for the 3D view and the window's tests, where we may install them; without them those tests skip.
system:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! dpkg -s $(SYSTEM) >/dev/null 2>&1; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM) >/dev/null; \
	fi

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache
