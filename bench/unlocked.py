"""What children do without any lock: for the zygote of `bench.lock`, and for bytes of our own alone."""

from docmill.adapters.sandbox import locking
from docmill.adapters.sandbox.tasks import TASKS, warm_up

__all__ = ["TASKS", "warm_up"]

locking.LOCKS = ()
