"""Life-cycle tables: what they allow, what they refuse, and that no table can be malformed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.lifecycles import (
    APPROVAL,
    HOLD,
    LIFE_CYCLES,
    QUARANTINED_ROW,
    RULE_SET,
    LifeCycle,
    Refused,
    advance,
)


def walk(cycle: LifeCycle, verbs: str) -> str | Refused:
    state: str | Refused = cycle.start
    for verb in verbs.split():
        assert isinstance(state, str), state
        state = advance(cycle, state, verb)
    return state


@pytest.mark.parametrize(
    ("cycle", "verbs", "end"),
    [
        (HOLD, "post", "posted"),
        (HOLD, "void", "voided"),
        (HOLD, "expire", "expired"),
        (QUARANTINED_ROW, "correct fail correct replay", "replayed"),
        (QUARANTINED_ROW, "correct dismiss", "dismissed"),
        (APPROVAL, "approve use", "used"),
        (APPROVAL, "approve lapse", "lapsed"),
        (RULE_SET, "edit propose edit propose publish supersede", "superseded"),
    ],
)
def test_a_life_ends_where_its_table_says(cycle: LifeCycle, verbs: str, end: str) -> None:
    assert walk(cycle, verbs) == end


def test_money_set_aside_is_ended_once() -> None:
    for end in ("posted", "voided", "expired"):
        for verb in HOLD.verbs("open"):
            refused = advance(HOLD, end, verb)
            assert isinstance(refused, Refused)
            assert str(refused) == f"hold is {end}: cannot {verb} (this state is final)"


def test_a_refusal_says_what_is_possible() -> None:
    refused = advance(RULE_SET, "draft", "publish")
    assert str(refused) == "rule set is draft: cannot publish (possible: edit, propose)"


@settings(deadline=None)
@given(st.sampled_from(LIFE_CYCLES), st.data())
def test_every_step_is_in_the_table_or_refused(cycle: LifeCycle, data: st.DataObject) -> None:
    state = data.draw(st.sampled_from(list(cycle.table)))
    verb = data.draw(st.sampled_from([v for steps in cycle.table.values() for v in steps]) | st.text())
    after = advance(cycle, state, verb)
    if isinstance(after, str):
        assert verb in cycle.verbs(state)
        assert after in cycle.table
    else:
        assert verb not in cycle.verbs(state)
        assert after.possible == cycle.verbs(state)


def test_tables_print() -> None:
    assert str(HOLD).splitlines() == [
        "hold",
        "  open: post -> posted, void -> voided, expire -> expired",
        "  posted: final",
        "  voided: final",
        "  expired: final",
    ]


@pytest.mark.parametrize(
    "table",
    [
        {"open": {"close": "closed"}},  # leads out of the table
        {"open": {}, "closed": {}},  # a state nothing leads to
        {"open": {"close": "closed"}, "closed": {}, "lost": {"find": "open"}},
    ],
)
def test_a_table_that_does_not_connect_is_a_bug(table: dict[str, dict[str, str]]) -> None:
    with pytest.raises(AssertionError, match="do not connect"):
        LifeCycle("broken", table)
