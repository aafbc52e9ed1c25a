"""Outcomes and bits of batches, and their explanation from the sealed leaf alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from bank import MONDAY_NOON_US, Bank, Decided
from numpy.typing import NDArray

from bulkhead.decision.deciding import Decider, Decisions, is_attempt
from bulkhead.decision.rule_set import RuleSet, default_rule_set, parse_rule_set
from bulkhead.kernel.leaves import decode_movement_leaf, encode_movement_leaf
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NAME_COLUMNS, MovementKind, Outcome, Phase

ALLOW, HOLD, DECLINE = Outcome.ALLOW, Outcome.HOLD, Outcome.DECLINE
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
NAN = float("nan")


def rules(*texts: str) -> RuleSet:
    """One rule a text, ``outcome when``; after ``outcome?`` what is unknown is ignored."""
    return parse_rule_set(
        "\n".join(_rule(f"test.rule_{i:02}", *text.split(" ", 1)) for i, text in enumerate(texts))
    )


def _rule(code: str, outcome: str, when: str) -> str:
    ignore = 'when_unknown = "ignore"\nunknown_because = { en = "No.", zh = "无。" }'
    return f"""
        [[rules]]
        code = "{code}"
        title = {{ en = "A title", zh = "题目" }}
        why = {{ en = "A reason.", zh = "原因。" }}
        severity = "low"
        outcome = "{outcome.rstrip("?")}"
        when = "{when}"
        {ignore if outcome.endswith("?") else ""}"""


def movements(count: int, **columns: object) -> NDArray[np.void]:
    rows = np.zeros(count, MOVEMENT)
    for name in (*NAME_COLUMNS, "hold"):
        rows[name] = ABSENT
    rows["currency"] = 156
    for name, values in columns.items():
        rows[name] = values
    return rows


def decide(
    rule_set: RuleSet,
    rows: NDArray[np.void],
    features: Mapping[str, Sequence[float]] | None = None,
    *,
    provides: Sequence[str] = (),
    at_us: int = MONDAY_NOON_US,
) -> Decisions:
    """Decisions in China at one moment, with these feature columns."""
    table = np.full((len(rows), len(rule_set.features)), np.nan)
    for column, name in enumerate(rule_set.features):
        table[:, column] = (features or {})[name]
    times = np.full(len(rows), at_us, np.int64)
    return Decider(rule_set, 480, frozenset(provides)).decide(rows, times, table, is_attempt(rows))


def test_the_strictest_of_the_rules_that_hit_decides() -> None:
    rule_set = rules("allow amount > 0", "hold amount > 10", "decline amount > 100")
    decisions = decide(rule_set, movements(4, amount_minor=[0, 5, 50, 500]))
    assert decisions.outcome.tolist() == [ALLOW, ALLOW, HOLD, DECLINE]
    assert decisions.hits.tolist() == [[0b000], [0b001], [0b011], [0b111]]
    assert not decisions.unknowns.any()


@pytest.mark.parametrize(
    ("outcome", "if_unknown"),
    [("allow", ALLOW), ("hold", HOLD), ("decline", HOLD), ("hold?", ALLOW), ("decline?", ALLOW)],
)
def test_unknown_holds_unless_the_rule_is_milder_or_says_otherwise(outcome: str, if_unknown: Outcome) -> None:
    rule_set = rules(f"{outcome} payer.count_1h > 3")
    decisions = decide(rule_set, movements(3), {"payer.count_1h": [NAN, 1, 9]})
    assert decisions.outcome.tolist() == [if_unknown, ALLOW, Outcome[outcome.rstrip("?").upper()]]
    assert decisions.unknowns.tolist() == [[1], [0], [0]], "the bit is set whatever follows from it"
    assert decisions.hits.tolist() == [[0], [0], [1]]


def test_bits_are_packed_lowest_first_over_more_than_a_byte() -> None:
    rule_set = rules(*[f"allow amount == {i}" for i in range(11)])
    decisions = decide(rule_set, movements(11, amount_minor=range(11)))
    bits = np.unpackbits(decisions.hits, axis=1, bitorder="little")[:, :11]
    np.testing.assert_array_equal(bits, np.eye(11))


def test_steps_that_only_use_a_hold_are_not_decided() -> None:
    rows = movements(4, amount_minor=500, phase=[Phase.SINGLE, Phase.PLACE, Phase.POST, Phase.VOID])
    decisions = decide(rules("decline amount > 100", "hold payer.sum_1d > 0"), rows, {"payer.sum_1d": [NAN] * 4})
    assert decisions.outcome.tolist() == [DECLINE, DECLINE, ALLOW, ALLOW]
    assert not decisions.hits[2:].any()
    assert not decisions.unknowns[2:].any()


def test_rules_without_their_column_do_not_apply() -> None:
    rule_set = rules("hold device.count_1h > 2", "hold has_device", "decline not instructed", "hold amount > 10")
    rows = movements(1, amount_minor=5)
    feature = {"device.count_1h": [NAN]}
    without = decide(rule_set, rows, feature)
    assert (without.outcome[0], without.unknowns[0, 0], without.hits[0, 0]) == (ALLOW, 0, 0)
    with_device = decide(rule_set, rows, feature, provides=["device"])
    assert (with_device.outcome[0], with_device.unknowns[0, 0]) == (HOLD, 0b0001)
    with_both = decide(rule_set, rows, feature, provides=["device", "instructed_by"])
    assert (with_both.outcome[0], with_both.hits[0, 0]) == (DECLINE, 0b0100)


def test_bits_keep_their_places_when_rules_before_them_do_not_apply() -> None:
    rule_set = rules(*["hold has_device"] * 9, "decline amount > 100")
    decisions = decide(rule_set, movements(1, amount_minor=500))
    assert decisions.hits.tolist() == [[0, 0b10]]


def test_a_rule_set_of_which_nothing_applies_allows() -> None:
    decisions = decide(rules("hold has_device"), movements(2))
    assert decisions.outcome.tolist() == [ALLOW, ALLOW]


def test_limits_follow_the_currency_of_the_row() -> None:
    text = _rule("test.much", "hold", "amount >= limit.much")
    limit = """
        [limits.much]
        about = { en = "much", zh = "大额" }
        amounts = { CNY = 100, JPY = 2_000, EUR = "12.50" }
        """
    rows = movements(
        6, amount_minor=[10_000, 9_999, 2_000, 1_999, 1_250, 10**12], currency=[156, 156, 392, 392, 978, 826]
    )
    decisions = decide(parse_rule_set(limit + text), rows)
    assert decisions.hits[:, 0].tolist() == [1, 0, 1, 0, 1, 0]
    assert decisions.unknowns[:, 0].tolist() == [0, 0, 0, 0, 0, 1], (
        "pounds have no limit here: unknown, not a pass"
    )


@pytest.mark.parametrize(
    ("at_us", "hour", "weekday", "day"),
    [
        (MONDAY_NOON_US, 12, 0, 2),
        (MONDAY_NOON_US + 12 * HOUR_US - 1, 23, 0, 2),
        (MONDAY_NOON_US + 12 * HOUR_US, 0, 1, 3),
        (MONDAY_NOON_US - 2 * DAY_US, 12, 5, 28),
        (-1, 7, 3, 1),  # a microsecond before 1970 in Greenwich is a Thursday morning in China
        (-9 * HOUR_US, 23, 2, 31),
    ],
)
def test_hours_and_days_are_local(at_us: int, hour: int, weekday: int, day: int) -> None:
    rule_set = rules(f"hold hour == {hour} and weekday == {weekday} and day == {day}")
    assert decide(rule_set, movements(1), at_us=at_us).outcome.tolist() == [HOLD]


def test_row_variables_read_their_columns() -> None:
    rows = movements(
        3,
        kind=[MovementKind.FEE, MovementKind.BID, 99],
        settled=[1, 0, 0],
        debit_class=[1, 2, 0],
        payer=[5, 5, ABSENT],
        payee=[5, 6, ABSENT],
        debit_account=[8, 8, ABSENT],
        instructed_by=[5, 8, ABSENT],
    )
    rule_set = rules(
        "allow kind == 'fee'",
        "allow settled",
        "allow debit_class == 'own'",
        "allow self_dealing",
        "allow instructed",
        "allow currency == 'CNY' and phase == 'single'",
    )
    decisions = decide(rule_set, rows, provides=["instructed_by"])
    assert decisions.hits[:, 0].tolist() == [0b111011, 0b110100, 0b100000]
    assert decisions.unknowns[:, 0].tolist() == [0, 0, 0b000001], "a kind nobody knows"


def test_the_batch_size_does_not_show() -> None:
    rng = np.random.default_rng(3)
    rule_set, count = default_rule_set(), 700
    rows = movements(count, amount_minor=rng.integers(1, 10**7, count), kind=rng.integers(1, 13, count))
    rows["debit_class"], rows["credit_class"] = rng.integers(0, 6, (2, count))
    features = rng.integers(0, 40, (count, len(rule_set.features))).astype(np.float64)
    features[rng.random(features.shape) < 0.1] = np.nan
    times, attempt = MONDAY_NOON_US + np.arange(count) * HOUR_US, np.ones(count, np.uint8)
    decider = Decider(rule_set, 480, frozenset({"device", "instructed_by"}))
    whole = decider.decide(rows, times, features, attempt)
    assert whole.hits.any(axis=0).sum() > 2
    assert len(set(whole.outcome.tolist())) == 3
    for size in (1, 64, 333):
        parts = [
            decider.decide(rows[i : i + size], times[i : i + size], features[i : i + size], attempt[i : i + size])
            for i in range(0, count, size)
        ]
        for name in ("outcome", "hits", "unknowns"):
            joined = np.concatenate([getattr(part, name) for part in parts])
            np.testing.assert_array_equal(joined, getattr(whole, name))


def test_inputs_are_left_as_they_were() -> None:
    rows, features = movements(3, amount_minor=7), np.full((3, len(default_rule_set().features)), 2.0)
    before = rows.tobytes(), features.tobytes()
    Decider(default_rule_set(), 0, frozenset()).decide(rows, np.zeros(3, np.int64), features, np.ones(3, np.uint8))
    assert (rows.tobytes(), features.tobytes()) == before


def seals() -> list[Decided]:
    """A handful of decided movements: a hit, an unknown, a plain one, a step of a hold."""
    bank = Bank()
    return [
        bank.move(MovementKind.TRANSFER, "10", debit="client:a", credit="book:own"),
        bank.move(MovementKind.WITHDRAWAL, "30000", debit="client:a", payee="bank:x"),
        bank.move(MovementKind.PAYMENT, "12.50", debit="client:b", payee="shop:1", device="device:b"),
        bank.move(MovementKind.DISBURSEMENT, "99", debit="client:a", credit="client:b", phase=Phase.POST),
    ]


def test_a_sealed_leaf_is_decided_again_as_it_was() -> None:
    decider = Bank().decider
    for done in seals():
        leaf = decode_movement_leaf(encode_movement_leaf(done.leaf))
        assert decider.agrees(leaf)
        assert int(decider.redecide(leaf).outcome[0]) == done.outcome
        other = dataclasses.replace(leaf, fixed=leaf.fixed | {"outcome": (done.outcome + 1) % 3})
        assert not decider.agrees(other)
        flipped = dataclasses.replace(leaf, hits=(not leaf.hits[0], *leaf.hits[1:]))
        assert not decider.agrees(flipped)


def test_an_explanation_says_what_was_decided_and_from_what() -> None:
    declined, held, allowed, step = (Bank().decider.explain(done.leaf) for done in seals())
    assert (declined.value, declined.outcome) == ("decline", True)
    weightiest = declined.children[0]
    assert (weightiest.code, weightiest.value, weightiest.grade) == (
        "segregation.client_to_own",
        "decline",
        "critical",
    )
    facts = [fact.code for part in weightiest.children for fact in part.facts]
    assert facts == ["debit_class", "credit_class"]
    assert (held.value, held.outcome) == ("hold", None)
    assert all(rule.outcome is None and rule.value in ("hold", "allow") for rule in held.children)
    assert (allowed.value, allowed.outcome, allowed.children) == ("allow", False, ())
    assert (step.value, step.outcome, step.children) == ("allow", False, ())
    assert step.why is not None
    json.dumps([reason.as_dict() for reason in (declined, held, allowed, step)])


def test_an_explanation_in_chinese_reads_in_chinese() -> None:
    lines = Bank().decider.explain(seals()[0].leaf).lines("zh")
    assert lines[0] == "✓ 拒绝交易 [拒绝]"
    assert lines[1] == "  ✓ 客户资金划入平台自有账户（疑似挪用） [重大风险 · 拒绝]"
    assert any("借方账户类别：客户子账户" in line for line in lines)


def test_rules_that_do_not_apply_are_named_and_never_silent() -> None:
    bank = Bank(provides=frozenset())
    done = bank.move(MovementKind.PAYMENT, "5", debit="client:a", payee="shop:1")
    idle = bank.decider.explain(done.leaf).children[-1]
    assert (idle.code, idle.outcome) == ("not_applicable", None)
    assert {rule.code for rule in idle.children} == {r.code for r in bank.rule_set.rules if r.needs}
