"""The description of the API: valid, complete, and the page of ours that people read it on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from django.test import Client

from bulkhead.web.api.decision_asking import ENUMERATIONS
from bulkhead.web.api.document import document
from bulkhead.web.api.sections import api_sections
from bulkhead.web.api.shapes import code_of
from web_fixtures import Staff, entered

pytestmark = pytest.mark.usefixtures("town")
ERRORS = {"400", "401", "403", "404", "405", "409", "413", "422", "429", "500", "503", "504"}


def operations(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in found["paths"].items():
        for one in methods.values():
            yield path, one


def test_every_operation_is_described_whole() -> None:
    found = document()
    assert found["openapi"] == "3.1.0"
    described = {one["operationId"]: one for path, one in operations(found) if path.startswith("/api/")}
    declared = {one.code: one for section in api_sections() for one in section.operations}
    assert described.keys() == declared.keys()
    for code, one in described.items():
        assert one["summary"], code
        assert one["x-summary-zh"], code
        assert one["x-needs"] == declared[code].needs.value
        assert one["security"] == [{"token": []}, {"session": []}]
        assert ERRORS | {"200"} == one["responses"].keys(), code
        for status in ERRORS:
            schema = one["responses"][status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorOut"}
        assert ("requestBody" in one) <= (declared[code].method == "POST")


def test_it_holds_together() -> None:
    found = document()
    text = json.dumps(found)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in found["components"]["schemas"]
    ids = [one["operationId"] for _, one in operations(found)]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in found["tags"]}
    for path, one in operations(found):
        in_path = {each["name"] for each in one.get("parameters", ()) if each["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path)), path
        assert all(each["required"] for each in one.get("parameters", ()) if each["in"] == "path")
        assert set(one["tags"]) <= tags
        for way in one["security"]:
            assert way.keys() <= found["components"]["securitySchemes"].keys()


@pytest.mark.parametrize("kind", ENUMERATIONS, ids=lambda kind: kind.__name__)
def test_the_codes_are_those_of_the_kernel(kind: Any) -> None:
    known = [code_of(member) for member in kind if kind.__name__ not in ("Refusal", "Finding") or member]
    assert list(get_args(ENUMERATIONS[kind])) == known


def test_it_is_for_staff_only(staff: Staff) -> None:
    assert Client().get("/api/openapi.json").status_code == 401
    answer = entered(staff("auditor")).get("/api/openapi.json")
    assert answer.json() == document()
    for path in ("/api/docs", "/api/docs/", "/docs", "/openapi.json"):
        assert entered(staff("auditor")).get(path).status_code == 404, "the library's own pages are off"


def test_people_read_it_on_a_page_of_ours(staff: Staff) -> None:
    client = entered(staff("auditor"))
    page = client.get("/api/").text
    for section in api_sections():
        assert section.title.en.replace("&", "&amp;") in page
        for operation in section.operations:
            assert f'id="{operation.code}"' in page
    chinese = client.get("/api/", headers={"accept-language": "zh-CN"}).text
    assert "查询决策" in chinese
    assert "Search decisions" not in chinese
    assert "https://" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL), "nothing comes from elsewhere"
