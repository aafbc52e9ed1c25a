"""What every answer says about itself to the browser: nothing from elsewhere, nothing inline, nothing kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler's CSS draws its ticks and arrows from data
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)


@sync_and_async_middleware
def content_policy(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that sets the content policy, and keeps pages with people's data out of every cache."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            answer: Awaitable[HttpResponseBase] = get_response(request)
            return _with_headers(await answer)

        return later

    def at_once(request: HttpRequest) -> HttpResponseBase:
        return _with_headers(get_response(request))

    return at_once


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Security-Policy"] = POLICY
    response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    response["Cross-Origin-Opener-Policy"] = "same-origin"
    if "Cache-Control" not in response:
        response["Cache-Control"] = "no-store"
    return response
