"""What the API says when it does not do something: one shape, a stable code, a sentence in the language asked for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import psycopg
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from ninja import Schema
from ninja.errors import HttpError, ValidationError

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.explaining import NoSuchMovement
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.web.admission import Denial, language_now
from bulkhead.web.api.invalid import invalid_words
from bulkhead.web.components.filters import Unusable
from bulkhead.web.engine import Trouble
from bulkhead.web.tasks.queueing import RunsAlready
from bulkhead.web.tasks.texts import RUNS_ALREADY

BODY_BYTES_MAX = 1 << 20
_log = logging.getLogger("bulkhead.api")


class ErrorBody(Schema):
    """What went wrong: ``code`` for programs, which stays as it is; ``message`` for people."""

    code: str
    message: str


class ErrorOut(Schema):
    """Every answer that is no success."""

    error: ErrorBody


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no success. ``retry_s``: how long to wait before asking again."""

    status: int
    code: str
    words: Words
    retry_s: int | None = None


class ApiError(Exception):
    """Ends an operation with a ``failure``."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


NOT_FOUND = Failure(404, "not-found", Words("There is no such thing here.", "不存在或您无权查看。"))
DENIALS: dict[Denial, Failure] = {
    Denial.LOG_IN: Failure(
        401,
        "log-in",
        Words(
            "Log in, or send a valid token: Authorization: Bearer bh_….",
            "请登录，或发送有效令牌：Authorization: Bearer bh_…。",
        ),
    ),
    Denial.SECOND_FACTOR: Failure(
        403, "second-factor", Words("This account has no second factor yet.", "该账号尚未设置第二因素。")
    ),
    Denial.NOT_FOUND: NOT_FOUND,
    Denial.FORBIDDEN: Failure(
        403, "forbidden", Words("Your roles here do not include this.", "您在本机构的角色没有此权限。")
    ),
}
CSRF = Failure(
    403,
    "csrf",
    Words(
        "A change by session needs the CSRF token in the header X-CSRFToken.",
        "以会话方式修改数据须在 X-CSRFToken 请求头中携带 CSRF 令牌。",
    ),
)
TOO_LARGE = Failure(
    413,
    "too-large",
    Words(f"The body has more than {BODY_BYTES_MAX:,} bytes.", f"请求体超过 {BODY_BYTES_MAX:,} 字节。"),
)
_BAD_JSON = Words("The body is no JSON object.", "请求体不是有效的 JSON 对象。")
_NO_DATABASE = Words("The database cannot be reached now.", "暂时无法连接数据库。")
_FAILED = Words(
    "Something failed on our side. Nothing was done that is not in the journal.",
    "系统出现故障。除已写入日志账的内容外，未执行任何操作。",
)
_TROUBLES = {"refused": 409, "no-engine": 503, "no-answer": 504}


def done_or_raise(reply: Any) -> Any:
    """What the engine replied. Raises ``ApiError`` for a ``Trouble``."""
    if isinstance(reply, Trouble):
        raise ApiError(Failure(_TROUBLES[reply.code], reply.code, reply.words))
    return reply


def error_answer(request: HttpRequest, problem: Exception) -> HttpResponse:
    """The answer to whatever was raised; nobody outside meets a traceback."""
    found = _known(problem)
    if found is None:
        _log.exception("an operation failed", exc_info=problem)
        found = Failure(500, "failed", _FAILED)
    return answer(found)


def answer(error: Failure) -> HttpResponse:
    """The error as it goes out."""
    body = {"error": {"code": error.code, "message": error.words[language_now()]}}
    response = JsonResponse(body, status=error.status, json_dumps_params={"ensure_ascii": False})
    if error.retry_s is not None:
        response["Retry-After"] = str(error.retry_s)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="bulkhead"'
    return response


def _known(problem: Exception) -> Failure | None:
    match problem:
        case ApiError():
            return problem.failure
        case Http404() | NoSuchMovement():
            return NOT_FOUND
        case ValidationError():
            return Failure(422, "invalid", invalid_words(problem.errors))
        case Unusable():
            return Failure(422, "invalid", problem.words)
        case RunsAlready():
            return Failure(409, "runs-already", RUNS_ALREADY)
        case JournalDamaged():
            return Failure(500, "damaged", Words(str(problem), f"日志账损坏：{problem}"))
        case RequestDataTooBig():
            return TOO_LARGE
        case BadInput():
            return Failure(400, "bad-input", _sentence(str(problem)))
        case HttpError() | BadRequest() | UnreadablePostError():
            return Failure(400, "bad-json", _BAD_JSON)
        case ConnectionError() | psycopg.OperationalError() | OperationalError() | InterfaceError():
            return Failure(503, "no-database", _NO_DATABASE, retry_s=5)
    return None


def _sentence(text: str) -> Words:
    """A refusal of the rooms below, which speak English, as a sentence."""
    said = text[:1].upper() + text[1:].rstrip(".") + "."
    return Words(said, f"无法处理该请求：{said}")
