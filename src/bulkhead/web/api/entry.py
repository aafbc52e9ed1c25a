"""The way into every operation: who asks, whether they may, and whether what they sent can be read at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja.utils import check_csrf

from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Denied, Visit, admitted
from bulkhead.web.api.attempts import WRONG_TOKENS
from bulkhead.web.api.errors import (
    BODY_BYTES_MAX,
    CSRF,
    DENIALS,
    TOO_LARGE,
    ApiError,
    Failure,
    answer,
    error_answer,
)
from bulkhead.web.api.operation import Operation
from bulkhead.web.people.tokens import account_of_token
from bulkhead.web.people.trail import Act, leave_trail
from bulkhead.web.rights import Right

_SAFE = ("GET", "HEAD", "OPTIONS")
_TOO_MANY = Words(
    "Too many wrong tokens came from your address. Wait a minute.", "来自您地址的错误令牌过多，请稍候一分钟。"
)

View = Callable[..., HttpResponseBase]


def guarded_operations(
    operations: Mapping[str, Operation], known: Mapping[str, frozenset[str]], view: View
) -> View:
    """A view that carries out the operations of one address, by method, for those who may.

    ``known``: the query parameters of each. What it does not know it refuses: a misspelt condition must not widen
    what is asked for.
    """

    @csrf_exempt  # checked below, where the request is by session
    def entry(request: HttpRequest, **path: Any) -> HttpResponseBase:
        operation = operations.get(request.method or "")
        if operation is None:
            return _no_such_method(operations)
        try:
            visit = _admit(request, operation, str(path.get("institution", "")))
            _readable(request, known[operation.method])
            request.visit = visit  # type: ignore[attr-defined]  # where the operation finds it
            return view(request, **path)
        except Exception as problem:  # noqa: BLE001 – whatever it is, nobody outside meets a traceback
            return error_answer(request, problem)

    entry.operations = tuple(operations.values())  # type: ignore[attr-defined]  # read by the authorisation matrix
    return entry


def by_token(request: HttpRequest) -> bool:
    """Whether a request comes with a token rather than a session."""
    return "Authorization" in request.headers


def _admit(request: HttpRequest, operation: Operation, institution: str) -> Visit:
    found = admitted(request, operation.needs, institution if isinstance(operation.needs, Right) else "", _who)
    if isinstance(found, Denied):
        raise ApiError(DENIALS[found.why])
    if not by_token(request) and request.method not in _SAFE and check_csrf(request) is not None:
        raise ApiError(CSRF)
    return found


def _who(request: HttpRequest) -> object:
    """The account of the token, where the request has one; a wrong one never falls back to the session."""
    if not by_token(request):
        return request.user
    WRONG_TOKENS.check(request, _TOO_MANY)
    scheme, _, text = request.headers["Authorization"].partition(" ")
    account = account_of_token(request, text.strip()) if scheme.lower() == "bearer" else None
    if account is None:
        if WRONG_TOKENS.failed(request):
            leave_trail(request, Act.TOKEN_WRONG)
        return None
    request.user = account
    return account


def _readable(request: HttpRequest, known: frozenset[str]) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > BODY_BYTES_MAX:
        raise ApiError(TOO_LARGE)
    for name in request.GET:
        if name not in known:
            shown = name[:60]
            words = Words(f"“{shown}” is no parameter of this operation.", f"“{shown}”不是该接口的参数。")
            raise ApiError(Failure(422, "invalid", words))
    if request.method in _SAFE:
        return
    if len(request.body) > BODY_BYTES_MAX:
        raise ApiError(TOO_LARGE)


def _no_such_method(operations: Mapping[str, Operation]) -> HttpResponse:
    allowed = ", ".join(sorted(operations))
    words = Words(f"This address takes {allowed} only.", f"该地址仅支持 {allowed}。")
    response = answer(Failure(405, "method", words))
    response["Allow"] = allowed
    return response
