#!/bin/sh
# Make the environment $1 with the locked versions. Needs Python >= 3.11 and the network, nothing else.
set -eu
venv=$1
python=${PYTHON:-python3}

fail() {
  echo "docmill: $1" >&2
  exit 1
}

command -v "$python" >/dev/null 2>&1 || fail "no $python here: install Python 3.11 or newer, or say make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version) is too old: install Python 3.11 or newer, or say make PYTHON=/path/to/python3.11"
"$python" -c 'import venv' 2>/dev/null ||
  fail "this Python has no venv module: install it (Debian, Ubuntu: apt install python3-venv), then make again"
"$python" -c 'import ensurepip' 2>/dev/null ||
  fail "this Python has no pip to give to an environment: install it (Debian, Ubuntu: apt install python3-venv python3-pip), then make again"

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'uv==0.13.9'
# Exactly what the lock names, by hash; then docmill itself, editable.
VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes -r requirements.lock
VIRTUAL_ENV="$venv" "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps -e .
touch "$venv/.installed"
