"""The API described for programs: OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Open
from bulkhead.web.api.document import document
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.page import Visit


def openapi(visit: Visit) -> dict[str, Any]:
    """This document."""
    return document()


OPERATIONS = Operations(
    "document",
    Words("This description", "接口描述"),
    (
        Operation(
            "openapi",
            "openapi.json",
            Words("The API as an OpenAPI 3.1 document", "OpenAPI 3.1 接口描述文件"),
            Open.STAFF,
            openapi,
        ),
    ),
)
