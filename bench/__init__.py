"""Measurements: `make bench` writes bench/results.md, `make accuracy` bench/accuracy.md. Nothing here is asserted in tests."""
