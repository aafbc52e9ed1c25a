"""Whatever is sent to the API, it answers in its one shape, and never with a failure of ours."""

from __future__ import annotations

import json
import re
import string
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkhead.runtime.service.serving import Serving
from bulkhead.web.api.document import document
from bulkhead.web.rights import ROLES
from web_fixtures import Staff, entered

NUMBERS = st.one_of(st.integers(0, 2_000), st.sampled_from([-1, 2**31, 2**53, 2**62, 2**63, 2**64, 10**40]))
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(string.ascii_lowercase + ":/-#", max_size=30),
    st.sampled_from(["", " ", "client:0", "book:fee", "\x00", "\ud800", "%", "'", "null", "1e9", "x" * 5_000]),
)
TIMES = st.sampled_from(
    ["2026-01-05T00:00:00Z", "2026-01-05", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "1e20", "-1"]
)
VALUES = st.one_of(NUMBERS.map(str), TEXTS, TIMES)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(), TEXTS, TIMES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=2)),
    max_leaves=4,
)
DOCUMENT: dict[str, Any] = document()
CALLS = [
    (path, method.upper(), one)
    for path, methods in DOCUMENT["paths"].items()
    if path.startswith("/api/")
    for method, one in methods.items()
]


@st.composite
def queries(draw: st.DrawFn, one: dict[str, Any]) -> str:
    """Some of the parameters an operation knows, with values it may or may not."""
    known = [each for each in one["parameters"] if each["in"] == "query"]
    parts = []
    for each in draw(st.lists(st.sampled_from(known), max_size=4)) if known else []:
        codes = re.findall(r'"(?:enum|const)": (\[[^]]*\]|"[^"]*")', json.dumps(each["schema"]))
        right = [code for found in codes for code in ([found] if isinstance(found, str) else found)]
        fitting = st.sampled_from(right).map(lambda text: str(json.loads(text))) if right else VALUES
        value = draw(st.one_of(fitting, VALUES))
        parts.append(f"{each['name']}={quote(value.encode('utf-8', 'surrogatepass'))}")
    return "&".join(parts)


@st.composite
def bodies(draw: st.DrawFn, one: dict[str, Any]) -> bytes:
    """Bodies near to what an operation expects, and others."""
    schema = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    fields = DOCUMENT["components"]["schemas"].get(name, {}).get("properties", {})
    near = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, ANYTHING))
    right = st.fixed_dictionaries({field: fitting(each) for field, each in fields.items()})
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=40))
    return json.dumps(draw(right if kind < 5 else near if kind < 9 else ANYTHING)).encode()


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a field's schema allows, or nearly."""
    if "anyOf" in schema:
        return st.one_of([fitting(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if schema.get("pattern") == "^[0-9a-f]{64}$":
        return st.text("0123456789abcdef", min_size=64, max_size=64)
    if schema.get("type") == "object":
        return st.dictionaries(st.sampled_from(["amount", "time", "x"]), TEXTS, max_size=2)
    return st.none() if schema.get("type") == "null" else TEXTS


@pytest.fixture
def everyone(engine: Serving, town: str, staff: Staff) -> Client:
    """Somebody with every right there is: whatever is refused is refused for what was sent."""
    client = entered(staff(*ROLES))
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("path", "method", "one"), CALLS, ids=[call[2]["operationId"] for call in CALLS])
def test_nothing_that_is_sent_makes_it_fail(
    everyone: Client, town: str, path: str, method: str, one: dict[str, Any]
) -> None:
    @settings(
        max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(st.data())
    def asked(data: st.DataObject) -> None:
        filled = path.replace("{institution}", town)
        filled = re.sub(r"\{\w+\}", lambda _: str(data.draw(NUMBERS)), filled)
        body = data.draw(bodies(one)) if method == "POST" else b""
        address = f"{filled}?{data.draw(queries(one))}"
        answer = everyone.generic(method, address, body, content_type="application/json")
        assert answer.status_code < 500 or answer.json()["error"]["code"] == "no-engine", answer.text[:500]
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert set(error) == {"code", "message"}
            assert error["code"]
            assert "Traceback" not in error["message"]

    asked()
