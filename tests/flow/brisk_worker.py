"""A worker with short leases that beats as often as it has to."""

from functools import partial
from unittest import mock

from docmill.adapters.postgres import claims
from docmill.entrypoints import worker

LEASE_S = 2.0

if __name__ == "__main__":
    with (
        mock.patch.dict(claims.PostgresClaims.__init__.__kwdefaults__, lease_s=LEASE_S),
        mock.patch.object(worker, "Worker", partial(worker.Worker, heartbeat_s=LEASE_S / 5)),
    ):
        worker.main()
