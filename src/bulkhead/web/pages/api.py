"""The API for people: what there is to ask for, read off the same document that programs read."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Open
from bulkhead.web.page import Page, Place, Section, Visit


def reference(visit: Visit) -> HttpResponseBase:
    """Every operation, by section."""
    from bulkhead.web.api.document import document  # the pages are found before the addresses are made

    found = document()
    sections: dict[str, Any] = {
        tag["name"]: {"title": _said(tag, "description"), "operations": []} for tag in found["tags"]
    }
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            sections[one["tags"][0]]["operations"].append(_operation(method, path, one))
    return render(visit.request, "web/api/reference.html", {"sections": sections, "info": found["info"]})


def _operation(method: str, path: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": one["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": _said(one, "summary"),
        "needs": one["x-needs"],
        "parameters": [_parameter(each) for each in one.get("parameters", ())],
        "body": _schema_name(one.get("requestBody", {})),
        "answer": _schema_name(one["responses"]["200"]),
        "by_token": any("token" in way for way in one["security"]),
    }


def _parameter(each: dict[str, Any]) -> dict[str, Any]:
    return {"name": each["name"], "place": each["in"], "required": each["required"], "type": _type(each["schema"])}


def _type(schema: dict[str, Any]) -> str:
    kinds = schema.get("anyOf", [schema])
    words = []
    for kind in kinds:
        if kind.get("type") == "array":
            words.append(f"{_type(kind['items'])} …")
        elif "enum" in kind or "const" in kind:
            words.append(" | ".join(map(str, kind.get("enum", [kind.get("const")]))))
        elif kind.get("type") != "null":
            words.append(str(kind.get("format") or kind.get("type", "")))
    return " | ".join(filter(None, words))


def _schema_name(part: dict[str, Any]) -> str:
    content: dict[str, Any] = part.get("content", {})
    schema: dict[str, Any] = next((each["schema"] for each in content.values()), {})
    name: str = schema.get("$ref", "").rpartition("/")[2] or next(iter(content), "")
    return name


def _said(part: dict[str, Any], key: str) -> Words:
    return Words(part[key], part[f"x-{key}-zh"])


SECTION = Section(
    "api",
    (Page("api", "api/", Words("API", "开放接口"), Open.STAFF, reference),),
    Place.SYSTEM,
    ("api",),
)
