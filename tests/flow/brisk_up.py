"""`docmill up` whose workers hold their leases for two seconds: a process is stopped for longer in a test's time."""

from tests.flow.planting import up

if __name__ == "__main__":
    up({"worker-": "tests.flow.brisk_worker"})
