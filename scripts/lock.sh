#!/bin/sh
# Write requirements.lock from pyproject.toml: versions and hashes, no addresses.
set -eu
uv=$1
"$uv" pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
  pyproject.toml --group dev --output-file requirements.lock
# What the overrides of pyproject.toml exclude stays listed under a marker that is never true: take it out.
awk '/^[a-z0-9]/ { keep = !/== .never./ } keep' requirements.lock > requirements.lock.new
mv requirements.lock.new requirements.lock
