"""Events as canonical JSON: the same fact gives the same bytes, and nothing else is read as a fact."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel import events
from bulkhead.kernel.events import EVENT_TYPES, Event, TimeAdvanced, canonical_json, decode_event, encode_event

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    tuple[str, ...]: st.lists(TEXT, max_size=4).map(tuple),
}


def any_of(event_type: type[Event]) -> st.SearchStrategy[Event]:
    hints = get_type_hints(event_type)
    return st.builds(event_type, **{field.name: BY_TYPE[hints[field.name]] for field in fields(event_type)})


ANY_EVENT = st.sampled_from(list(EVENT_TYPES.values())).flatmap(any_of)


@settings(deadline=None)
@given(ANY_EVENT)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    data = encode_event(event)
    assert decode_event(data) == event
    assert encode_event(decode_event(data)) == data


@settings(max_examples=200, deadline=None)
@given(ANY_EVENT, st.data())
def test_a_damaged_event_is_another_event_or_refused(event: Event, data: st.DataObject) -> None:
    damaged = bytearray(encode_event(event))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = decode_event(bytes(damaged))
    except ValueError:
        return
    assert read != event


def test_the_bytes_are_fixed() -> None:
    assert encode_event(TimeAdvanced(effective_us=5)) == (
        b'{"data":{"effective_us":5},"type":"TimeAdvanced","version":1}'
    )
    assert canonical_json({"b": "客户", "a": [1, None, True]}) == '{"a":[1,null,true],"b":"客户"}'.encode()


@pytest.mark.parametrize("value", [0.5, [1, {"a": float("nan")}], (1.0,)])
def test_floats_have_no_canonical_text(value: object) -> None:
    with pytest.raises(AssertionError, match="floats"):
        canonical_json(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"data":{"effective_us":' + b"[" * 900 + b"]" * 900 + b'},"type":"TimeAdvanced","version":1}',
        b'{"data":{"effective_us":"\\ud800"},"type":"TimeAdvanced","version":1}',
        b'{"data":{},"type":"NoSuchEvent","version":1}',
        b'{"data":{},"type":[],"version":1}',
        b'{"data":{},"type":"TimeAdvanced","version":1}',
        b'{"data":[],"type":"TimeAdvanced","version":1}',
        b'{"data":"ab","type":"TimeAdvanced","version":1}',
        b'{"data":{"effective_us":5,"more":1},"type":"TimeAdvanced","version":1}',
        b'{"data":{"effective_us":5},"type":"TimeAdvanced","version":0}',  # nobody knows how to lift it
        b'{"data":{"effective_us":5},"type":"TimeAdvanced","version":2}',  # from the future
        b'{"data":{"effective_us":5},"type":"TimeAdvanced","version":"1"}',
        b'{"data":{"effective_us":5.0},"type":"TimeAdvanced","version":1}',
        b'{"data":{"effective_us":NaN},"type":"TimeAdvanced","version":1}',
        b'{"data":{"effective_us":5},"type":"TimeAdvanced","version":1} ',  # not canonical
        b'{"data":{"effective_us":4,"effective_us":5},"type":"TimeAdvanced","version":1}',
        b'{"type":"TimeAdvanced","version":1,"data":{"effective_us":5}}',
    ],
)
def test_bytes_that_are_no_event_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an event"):
        decode_event(data)


def test_an_old_event_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimeAdvanced, "VERSION", 3)
    lifts = {
        ("TimeAdvanced", 1): lambda old: {"effective_ms": old["effective_s"] * 1_000},
        ("TimeAdvanced", 2): lambda old: {"effective_us": old["effective_ms"] * 1_000},
    }
    monkeypatch.setattr(events, "UPCASTS", lifts)
    old = canonical_json({"data": {"effective_s": 7}, "type": "TimeAdvanced", "version": 1})
    assert decode_event(old) == TimeAdvanced(effective_us=7_000_000)
    assert json.loads(encode_event(decode_event(old)))["version"] == 3
