"""What came out: the result, the runs behind it, and its archived versions."""

from fastapi import APIRouter
from starlette.responses import Response

from docmill.domain.documents import Document, Run
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.results import Status
from docmill.domain.states import STATUS
from docmill.domain.tenants import TenantId
from docmill.entrypoints.api import schemas
from docmill.entrypoints.api.answers import RunFailed, json_answer
from docmill.entrypoints.api.identity import MayRead, ServicesOf, TheDocument
from docmill.entrypoints.api.presence import present
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.api.views import result_view, run_view, version_view

router = APIRouter(prefix="/v1", tags=["results"])


@router.get(
    "/documents/{document_id}/result",
    summary="Load the result",
    responses=schemas.answers(200, schemas.ResultBody, 401, 404, 409, 410, 503),
)
async def show_result(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    """The newest finished run's; 409 `not_ready` while there is none, 200 with its code when rejected."""
    document = await present(services, tenant, document_id)
    run = await _newest_finished(services, tenant, document)
    if run is None:
        raise DocmillError(ErrorCode.NOT_READY)
    if STATUS[run.state] is Status.FAILED:
        operation = await services.store.operation(tenant, document_id)
        raise RunFailed(ErrorCode(run.code or ErrorCode.INTERNAL_ERROR), stage=operation.stage)
    return json_answer(result_view(document, run))


async def _newest_finished(services: Services, tenant: TenantId, document: Document) -> Run | None:
    if STATUS[document.run.state] is not None:
        return document.run
    if document.run.number == 1:
        return None
    runs = await services.store.runs(tenant, document.id)
    return next((run for run in reversed(runs) if STATUS[run.state] is not None), None)


@router.get(
    "/documents/{document_id}/runs",
    summary="List its runs",
    responses=schemas.answers(200, None, 401, 404, 410, 503),
)
async def list_runs(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    """Oldest first, with what each has cost."""
    await present(services, tenant, document_id)
    runs = await services.store.runs(tenant, document_id)
    return json_answer({"items": [run_view(run) for run in runs], "next": None})


@router.get(
    "/documents/{document_id}/versions",
    summary="List its archived versions",
    responses=schemas.answers(200, None, 401, 404, 410, 503),
)
async def list_versions(services: ServicesOf, tenant: MayRead, document_id: TheDocument) -> Response:
    await present(services, tenant, document_id)
    records = await services.archive.versions(tenant, document_id)
    return json_answer({"items": [version_view(record) for record in records], "next": None})


@router.get(
    "/documents/{document_id}/versions/{number}",
    summary="Load an archived version",
    responses=schemas.answers(200, None, 401, 404, 410, 503),
)
async def show_version(
    services: ServicesOf, tenant: MayRead, document_id: TheDocument, number: str
) -> Response:
    """Versions never change; `sha256` is the ETag."""
    await present(services, tenant, document_id)
    records = await services.archive.versions(tenant, document_id)
    record = next((record for record in records if str(record.version) == number), None)
    if record is None:
        raise NotFound("There is no such version.")
    return json_answer(version_view(record, whole=True), headers={"ETag": f'"{record.sha256}"'})
