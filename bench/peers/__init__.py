"""docmill beside its peers on the same files, in one run: `make bench-peers` writes bench/peers.md."""
