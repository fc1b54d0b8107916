"""structlog without rich: where it finds that, it loads it for coloured tracebacks, 5 MB in every process."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "structlog" in sys.modules or "rich" in sys.modules:
    import structlog
else:
    sys.modules["rich"] = None  # importing it fails, as where it is not installed
    try:
        import structlog
    finally:
        del sys.modules["rich"]

__all__ = ["structlog"]
