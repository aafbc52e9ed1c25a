"""Makes the addresses of the API out of its operations: typed input, typed answers, one guard before everything."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, get_type_hints

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import PathView
from ninja.renderers import JSONRenderer

from bulkhead import __version__
from bulkhead.web.api.entry import guarded_operations
from bulkhead.web.api.errors import ErrorOut, error_answer
from bulkhead.web.api.operation import Operation
from bulkhead.web.api.sections import api_sections
from bulkhead.web.rights import Right

TITLE = "Bulkhead"


def api_urls() -> list[URLPattern]:
    """Every address of the API. Nothing gets one but by an ``Operation``, which says who may use it."""
    operations = [operation for section in api_sections() for operation in section.operations]
    return urls_of(_ninja(), operations)


def api_schema() -> OpenAPISchema:
    """The operations as the library describes them."""
    return _ninja().get_openapi_schema(path_prefix="/")


def urls_of(api: NinjaAPI, operations: Iterable[Operation]) -> list[URLPattern]:
    """The addresses of these operations of ``api``; those that share one are told apart by method."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.full_path, {})[operation.method] = operation
    # The library would also add pages of its own; its views are taken one by one instead.
    views = {
        route.lstrip("/").replace("{", "<").replace("}", ">"): view
        for bound in api._get_bound_routers()
        for route, view in bound.path_operations.items()
    }
    return [
        path(
            route,
            guarded_operations(
                here, {method: _names_of(views[route], method) for method in here}, views[route].get_view()
            ),
            name=f"api-{next(iter(here.values())).code}",
        )
        for route, here in by_path.items()
    ]


@cache
def _ninja() -> NinjaAPI:
    api = new_api()
    for section in api_sections():
        for operation in section.operations:
            add_operation(api, operation, section.code)
    return api


class _Readable(JSONRenderer):
    """JSON in which Chinese stands as it is."""

    json_dumps_params: dict[str, Any] = {"ensure_ascii": False}  # noqa: RUF012 – as the library declares it


def new_api() -> NinjaAPI:
    """An API without pages of its own: the library's would load scripts from elsewhere."""
    api = NinjaAPI(
        title=TITLE,
        version=__version__,
        docs_url=None,
        openapi_url=None,
        urls_namespace="bulkhead-api",
        renderer=_Readable(),
    )
    for kind in (Exception, Http404, HttpError, ValidationError):  # the library has an answer of its own to each
        api.add_exception_handler(kind, _on_exception)
    return api


def _on_exception(request: HttpRequest, problem: Any) -> HttpResponse:
    return error_answer(request, problem)


def add_operation(api: NinjaAPI, operation: Operation, tag: str) -> None:
    """Give an operation to the library, which reads its types."""
    api.default_router.add_api_operation(
        "/" + operation.full_path.replace("<", "{").replace(">", "}"),
        [operation.method],
        _view(operation),
        response={200: get_type_hints(operation.handler, include_extras=True)["return"], **_ERRORS},
        operation_id=operation.code,
        summary=operation.summary.en,
        description=operation.detail.en if operation.detail else None,
        tags=[tag],
    )


_ERRORS = dict.fromkeys((400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503, 504), ErrorOut)


def _view(operation: Operation) -> Callable[..., Any]:
    """The handler as the library calls it: with the request, from which it gets its visit."""
    hints = get_type_hints(operation.handler, include_extras=True)
    visit, *rest = inspect.signature(operation.handler).parameters.values()
    parameters = [visit.replace(name="request", annotation=HttpRequest)]
    if isinstance(operation.needs, Right):
        institution = inspect.Parameter("institution", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters.append(institution.replace(annotation=str))
    defaults_last = sorted(rest, key=lambda one: one.default is not inspect.Parameter.empty)
    parameters += [
        one.replace(annotation=hints[one.name], kind=inspect.Parameter.KEYWORD_ONLY) for one in defaults_last
    ]

    def view(request: HttpRequest, **values: Any) -> Any:
        values.pop("institution", None)
        return operation.handler(request.visit, **values)  # type: ignore[attr-defined]  # set by the entry

    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what the library reads
    view.__name__, view.__doc__ = operation.code.replace("-", "_"), ""
    return view


def _names_of(view: PathView, method: str) -> frozenset[str]:
    """The query parameters an operation knows."""
    models = next(one.models for one in view.operations if method in one.methods)
    return frozenset(
        name for model in models if model.__ninja_param_source__ == "query" for name in model.__ninja_flatten_map__
    )
