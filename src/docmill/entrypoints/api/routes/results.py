"""What came out: the result, the runs behind it, and its archived versions."""

from fastapi import APIRouter
from starlette.responses import Response

from docmill.domain.documents import Run
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
    run = document.run
    if STATUS[run.state] in (None, Status.FAILED):
        raise await _why_none(services, tenant, run)
    return json_answer(result_view(document, run))


async def _why_none(services: Services, tenant: TenantId, run: Run) -> DocmillError:
    """A further run may be on its way, whose result there will be."""
    operation = await services.store.operation(tenant, run.document)
    newest = operation.document.run
    if STATUS[newest.state] is None:
        return DocmillError(ErrorCode.NOT_READY)
    return RunFailed(ErrorCode(newest.code or ErrorCode.INTERNAL_ERROR), stage=operation.stage)


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
