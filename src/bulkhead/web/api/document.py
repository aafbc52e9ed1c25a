"""The OpenAPI 3.1 document: what the library reads off the types, and what only we know: rights, words, security."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from bulkhead.web.api.building import api_schema
from bulkhead.web.api.errors import BODY_BYTES_MAX
from bulkhead.web.api.operation import Operation
from bulkhead.web.api.sections import api_sections
from bulkhead.web.rights import Right

_ABOUT = f"""The management API of the console: beside each page an operation with the same permissions.

Authenticate with a personal token (`Authorization: Bearer bh_…`), made under Log-in and security, or with the
session of the console; a change by session also needs the CSRF token of the cookie `bulkhead_csrf` in the header
`X-CSRFToken`. A token acts with the roles that its owner has at that moment.

Money is in whole minor units with its currency. A moment is given as ISO 8601 in UTC and as microseconds since 1970.
Lists end with `next`, which goes into the cursor of the next request; null at the end. What a body or a query has
beyond what is described here is refused. A body has at most {BODY_BYTES_MAX:,} bytes of JSON.

Every error has one shape, `{{"error": {{"code", "message"}}}}`: the code is for programs and stays as it is; the
message follows `Accept-Language` (en, zh)."""
_RESPONSES = {
    "400": "The request cannot be read or done: `bad-json`, `bad-input`.",
    "401": "Nobody is logged in, and there is no valid token: `log-in`.",
    "403": "Not with these roles, or not like this: `forbidden`, `second-factor`, `csrf`, `confirm`.",
    "404": "There is no such thing, or it is not yours to see: `not-found`.",
    "405": "The address takes other methods: `method`.",
    "409": "Not as things stand: `refused`, `runs-already`, `unfit`. The message says why.",
    "413": "The body is too large: `too-large`.",
    "422": "A value cannot be used: `invalid`. The message names it.",
    "429": "Too many wrong tokens from this address: `too-many`.",
    "500": "Something failed on our side: `failed`, `damaged`.",
    "503": "No engine is running, or no database: `no-engine`, `no-database`.",
    "504": "The engine did not answer; whether it was done is not known: `no-answer`.",
}
_STREAM_PATH = "/i/{institution}/live/stream/"


@cache
def _document() -> str:
    """The document as text: it is the same for everybody, and nobody can alter it for others."""
    found: dict[str, Any] = json.loads(json.dumps(api_schema()))
    operations = {one.code: one for section in api_sections() for one in section.operations}
    found["info"] |= {"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    found["servers"] = [{"url": "/"}]
    found["tags"] = [
        {"name": section.code, "description": section.title.en, "x-description-zh": section.title.zh}
        for section in api_sections()
    ]
    found.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A personal token, bh_…."},
        "session": {"type": "apiKey", "in": "cookie", "name": "bulkhead_session"},
    }
    for methods in found["paths"].values():
        for described in methods.values():
            _complete(described, operations[described["operationId"]])
    found["paths"][_STREAM_PATH] = {"get": _stream()}
    return json.dumps(found)


def document() -> dict[str, Any]:
    """The document of this version."""
    found: dict[str, Any] = json.loads(_document())
    return found


def _complete(described: dict[str, Any], operation: Operation) -> None:
    needs = operation.needs.value
    told = (
        f"Needs the right `{needs}`."
        if isinstance(operation.needs, Right)
        else "For everybody with a second factor."
    )
    described["description"] = " ".join(filter(None, (described.get("description"), told)))
    described["x-summary-zh"], described["x-needs"] = operation.summary.zh, needs
    if operation.detail:
        described["x-description-zh"] = operation.detail.zh
    described["security"] = [{"token": []}, {"session": []}]
    described["responses"]["200"]["description"] = "It is done, or here it is."
    for status, words in _RESPONSES.items():
        described["responses"][status]["description"] = words


def _stream() -> dict[str, Any]:
    """The live stream is a page of its own, by session; it is described here to be found."""
    text = {"type": "string"}
    return {
        "operationId": "live-stream",
        "summary": "Decisions as they are made: server-sent events",
        "x-summary-zh": "实时决策流（服务器推送事件）",
        "x-needs": Right.SEE_DECISIONS.value,
        "description": "Events hello, history, missed, tick, trouble and end; the id of an event is the position after"
        " it, and Last-Event-ID (or `after`) resumes without a gap. By session only. Needs the right `see-decisions`.",
        "tags": ["decisions"],
        "security": [{"session": []}],
        "parameters": [
            {"in": "path", "name": "institution", "required": True, "schema": text},
            {"in": "query", "name": "after", "required": False, "schema": {"type": "integer", "minimum": 0}},
            {"in": "query", "name": "alarms", "required": False, "schema": {"type": "string", "enum": ["1"]}},
            *(
                {"in": "query", "name": name, "required": False, "schema": {"type": "array", "items": text}}
                for name in ("outcome", "status", "kind")
            ),
            *({"in": "query", "name": name, "required": False, "schema": text} for name in ("rule", "party")),
        ],
        "responses": {
            "200": {"description": "The stream.", "content": {"text/event-stream": {"schema": text}}},
            "400": {"description": "A condition cannot be used; the text says which."},
            "503": {"description": "Too many streams are open."},
        },
    }
