"""The pages nobody wants to see: what is not there, what is not allowed, what broke. Never a traceback."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import language_now

_NOT_FOUND = Words("There is nothing here, or it is not yours to see.", "页面不存在，或您无权查看。")
_REFUSED = Words(
    "This was refused. The form may have been open for too long: go back, reload the page and send it again.",
    "请求被拒绝。表单可能已过期：请返回并刷新页面后重新提交。",
)
_NOT_UNDERSTOOD = Words("This request makes no sense.", "无法识别的请求。")
_TOO_MANY = Words(
    "Too many attempts. Wait a few minutes and try again.",
    "尝试次数过多，请过几分钟再试。",
)
_FAILED = Words(
    "Something failed on our side. Nothing was done that is not in the journal.",
    "系统出现故障。除已写入日志账的内容外，未执行任何操作。",
)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 404, _NOT_FOUND)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 403, _REFUSED)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _sentence(request, 403, _REFUSED)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _sentence(request, 400, _NOT_UNDERSTOOD)


def too_many(request: HttpRequest) -> HttpResponse:
    return _sentence(request, 429, _TOO_MANY)


def failed(request: HttpRequest) -> HttpResponse:
    return _sentence(request, 500, _FAILED)


_API_CODES = {400: "bad-request", 403: "refused", 404: "not-found", 429: "too-many", 500: "failed"}


def _sentence(request: HttpRequest, status: int, words: Words) -> HttpResponse:
    if request.path.startswith("/api/"):  # where programs ask, before any operation is reached
        body = {"error": {"code": _API_CODES[status], "message": words[language_now()]}}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    request.visit = None  # type: ignore[attr-defined]  # a frame around it would ask a database that may be away
    return render(request, "web/failure.html", {"words": words, "status": status}, status=status)
