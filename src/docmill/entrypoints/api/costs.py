"""What a request costs, for the ledger; and the headers that tell what may follow."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost
from docmill.entrypoints.api.admission import RATE
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.tracing import Telling
from docmill.stages.metering import CpuMeter, metered

API = "api"
"""In the place of a stage."""


class Costs:
    """The outermost: what authentication costs is in it. Requests of nobody are the platform's own cost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        meter = CpuMeter()
        received = sent = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def counting(message: Message) -> None:
            nonlocal sent
            if message["type"] == "http.response.start" and RATE in scope:
                MutableHeaders(scope=message).update(scope[RATE])
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await metered(_run(self.app, scope, counted, counting), meter)
        finally:
            telling: Telling | None = scope.get("docmill.telling")
            if telling is not None and telling.tenant:
                cost = Cost(
                    messages=1, cpu_seconds=meter.cpu_seconds, received_bytes=received, sent_bytes=sent
                )
                services: Services = scope["app"].state.services
                services.spend(TenantId(telling.tenant), API, cost)


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
