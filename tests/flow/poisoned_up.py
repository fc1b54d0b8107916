"""`docmill up` whose workers die of some documents: what the flow does about it is what is tested."""

from tests.flow.planting import up

if __name__ == "__main__":
    up({"worker-": "tests.flow.poisoned_worker"})
