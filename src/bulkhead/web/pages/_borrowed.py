"""Views of the log-in library behind our own guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase, HttpResponseRedirect

from bulkhead.kernel.reasons import Words
from bulkhead.web.page import Handler, Visit
from bulkhead.web.people.models import Account
from bulkhead.web.people.second_factor import other_factors

SECURITY = "/security/"
_LAST_FACTOR = Words(
    "The last second factor cannot be removed. Add another one first.",
    "不能移除最后一个第二因素，请先添加另一个。",
)


def borrowed(view: Callable[..., Any]) -> Handler:
    """A view of the library as a handler of ours."""

    def handler(visit: Visit, **path: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(visit.request, **path)
        return response

    return handler


def leaving_one(view: Callable[..., Any], type: str) -> Handler:
    """A view that removes a factor, refused for the last one, also when two are removed at the same moment."""

    @wraps(view)
    def handler(visit: Visit, **path: Any) -> HttpResponseBase:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=visit.account.pk)
            factors = Authenticator.objects.filter(user=visit.account, type=type, **path)
            factor = factors.first()
            if factor is None:
                raise Http404
            if not other_factors(factor).exists():
                messages.error(visit.request, _LAST_FACTOR[visit.language])
                return HttpResponseRedirect(SECURITY)
            response: HttpResponseBase = view(visit.request, **path)
            return response

    return handler
