"""Measurements: `make bench` writes bench/results.md, `make accuracy` bench/accuracy.md, `make bench-peers` bench/peers.md. Nothing here is asserted in tests."""
