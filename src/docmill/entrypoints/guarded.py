"""HTTP/1.1 with a clock on both ends of every connection: uvicorn has none on heads, bodies or receivers."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.api import (
    ANSWER_IDLE_S_MAX,
    ANSWERED_LINGER_S,
    BODY_IDLE_S_MAX,
    BODY_RATE_BYTES_S_MIN,
    BODY_RATE_GRACE_S,
    CONNECTION_LOOK_S,
    CONNECTIONS_MAX,
    HEADER_WALL_S_MAX,
)


class Guarded(H11Protocol):
    """Whoever is slower than the limits is answered 408 where an answer can still be sent, and cut off.

    Time counts only while docmill waits: not while it has stopped reading because it is busy itself.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._looking: asyncio.TimerHandle | None = None
        now = self.loop.time()
        self._looked = now
        self._head_since: float | None = now
        self._heard = now  # when bytes came last
        self._body_bytes = 0
        self._body_s = 0.0  # for how long this body has been read
        self._answered: float | None = None
        self._unsent_bytes = 0
        self._unsent_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            self._refuse(Unavailable("There are too many connections."))
            return
        self._looking = self.loop.call_later(CONNECTION_LOOK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        now = self._heard = self.loop.time()
        before = self.cycle
        if self._head_since is None and self.conn.their_state is h11.IDLE:
            self._head_since = now
        if self.conn.their_state is h11.SEND_BODY:
            self._body_bytes += len(data)
        super().data_received(data)
        if self.cycle is not before:
            self._begin_request()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn calls it so
        """As a problem, like every other error; only while nothing else is being answered."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self._has_begun():
            self._refuse(DocmillError(ErrorCode.REQUEST_INVALID, "This is no HTTP."), status=400)
        else:
            self._cut()

    def on_response_complete(self) -> None:
        self._answered = self.loop.time()
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before:  # it was in the pipeline
            self._begin_request()

    def _begin_request(self) -> None:
        self._head_since = None
        self._body_bytes, self._body_s = 0, 0.0
        self._answered = None

    def _look(self) -> None:
        now = self.loop.time()
        since_last_s, self._looked = now - self._looked, now
        self._look_at_receiver(now)
        if not self.transport.is_closing():
            self._look_at_sender(now, since_last_s)
        self._looking = self.loop.call_later(CONNECTION_LOOK_S, self._look)

    def _look_at_receiver(self, now: float) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent and self._unsent_since is not None and unsent >= self._unsent_bytes:
            if now - self._unsent_since > ANSWER_IDLE_S_MAX:
                self._cut()
        else:
            self._unsent_since = now if unsent else None
        self._unsent_bytes = unsent

    def _look_at_sender(self, now: float, since_last_s: float) -> None:
        if self.conn.their_state is h11.IDLE:
            if self._head_since is not None and now - self._head_since > HEADER_WALL_S_MAX:
                self._time_out("The head of the request did not come in time.")
        elif self.conn.their_state is h11.SEND_BODY:
            self._look_at_body(now, since_last_s)

    def _look_at_body(self, now: float, since_last_s: float) -> None:
        if self.cycle.response_complete:
            if self._answered is not None and now - self._answered > ANSWERED_LINGER_S:
                self.transport.close()  # it was answered, and who sends on does not listen
        elif self.flow.read_paused:
            self._heard = now
        else:
            self._body_s += since_last_s
            too_slow = self._body_bytes < self._body_s * BODY_RATE_BYTES_S_MIN
            if now - self._heard > BODY_IDLE_S_MAX:
                self._time_out(f"The body paused for {BODY_IDLE_S_MAX:g} seconds.")
            elif self._body_s > BODY_RATE_GRACE_S and too_slow:
                self._time_out(f"The body came with less than {BODY_RATE_BYTES_S_MIN} bytes a second.")

    def _time_out(self, detail: str) -> None:
        if self._has_begun():
            self._cut()
        else:
            self._refuse(DocmillError(ErrorCode.REQUEST_TIMEOUT, detail))

    def _has_begun(self) -> bool:
        """Whether an answer to the request at hand is on its way already."""
        return self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete

    def _refuse(self, error: DocmillError, *, status: int | None = None) -> None:
        """Answer in the place of the application, which finds that nobody is there any more; then close."""
        from docmill.entrypoints.api.answers import problem_answer
        from docmill.entrypoints.api.tracing import new_request_id

        answer = problem_answer(error, request_id=new_request_id(), status=status)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        try:
            head = h11.Response(status_code=answer.status_code, headers=headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:  # something of an answer is on its way
            self._cut()
        else:
            self.transport.close()

    def _cut(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.abort()
