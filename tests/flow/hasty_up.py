"""`docmill up` with an API that acknowledges before it commits: the checker of the crash test must see the loss."""

from tests.flow.planting import up

if __name__ == "__main__":
    up({"api-": "tests.flow.hasty_api"})
