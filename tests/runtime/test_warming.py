"""Warming up leaves nothing to compile."""

from __future__ import annotations

from bulkhead.runtime.warming import warm


def test_a_second_warm_up_compiles_nothing() -> None:
    warm()
    assert warm() < 5
