"""`docmill up` with an API that does not look at `Last-Event-ID`: those who listen must be found to miss something."""

from tests.flow.planting import up

if __name__ == "__main__":
    up({"api-": "tests.flow.forgetful_api"})
