"""One JSON object per document: the result as `GET …/result` gives it."""

from collections.abc import AsyncIterator

import orjson

from docmill.domain.documents import Document
from docmill.entrypoints.api.views import result_view


async def lines(documents: AsyncIterator[Document]) -> AsyncIterator[bytes]:
    async for document in documents:
        yield orjson.dumps(result_view(document, document.run), option=orjson.OPT_APPEND_NEWLINE)
