"""How many requests one process has in hand; a further one is sent away at once, to come again later."""

from starlette.types import ASGIApp, Receive, Scope, Send

from docmill.domain.errors import Unavailable
from docmill.domain.limits.api import REQUESTS_AT_ONCE_MAX
from docmill.entrypoints.api.answers import problem_answer


class Crowd:
    """Plain ASGI, inside of `Access`. Whoever asks whether the platform is alive is always answered."""

    def __init__(self, app: ASGIApp, *, at_once_max: int = REQUESTS_AT_ONCE_MAX) -> None:
        self.app = app
        self._at_once_max = at_once_max
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self.app(scope, receive, send)
            return
        if self._at_once >= self._at_once_max:
            crowded = Unavailable("There are too many requests at once.")
            answer = problem_answer(crowded, request_id=scope["docmill.telling"].request_id)
            await answer(scope, receive, send)
            return
        self._at_once += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._at_once -= 1
