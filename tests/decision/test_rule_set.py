"""Rule sets as text: one canonical form, strict reading, nothing silently dropped."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.decision.rule_set import RULES_MAX, RuleSet, default_rule_set, parse_rule_set
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words

LIMIT = """
[limits.much]
about = { en = "much", zh = "大额" }
amounts = { CNY = 5_000, KWD = "1.250" }
"""
RULE = """
[[rules]]
code = "test.large"
title = { en = "Large", zh = "大额" }
why = { en = "It is \\"large\\".", zh = "金额较大。" }
severity = "high"
outcome = "hold"
when = '''
amount  >= limit.much
  and (payer.count_1h > 3)
'''
hit = [{ amount = "9_000 CNY", payer.count_1h = 4, payer.since_last_s = "2d", kind = "fee", settled = true }]
"""


def test_reading_keeps_everything() -> None:
    rule_set = parse_rule_set(LIMIT + RULE)
    (rule,), (limit,) = rule_set.rules, rule_set.limits
    assert (rule.code, rule.severity, rule.outcome) == ("test.large", "high", Outcome.HOLD)
    assert rule.why == Words('It is "large".', "金额较大。")
    assert rule.when.text == "amount >= limit.much and payer.count_1h > 3"
    assert rule.hit == (
        {
            "amount": 900_000.0,
            "payer.count_1h": 4.0,
            "payer.since_last_s": 172_800.0,
            "kind": "fee",
            "settled": True,
        },
    )
    assert limit.minor == {"CNY": 500_000, "KWD": 1_250}
    assert rule_set.features == ("payer.count_1h",)


def test_the_canonical_text_does_not_depend_on_how_rules_were_written() -> None:
    second = RULE.replace("test.large", "test.again").replace("high", "low")
    one, other = parse_rule_set(LIMIT + RULE + second), parse_rule_set("# notes\n" + second + RULE + LIMIT)
    assert one == other
    assert one.text == other.text
    assert one.text != parse_rule_set(LIMIT + RULE).text
    assert [rule.code for rule in one.rules] == ["test.again", "test.large"]


def test_the_houses_rules_round_trip() -> None:
    rule_set = default_rule_set()
    again = parse_rule_set(rule_set.text)
    assert again == rule_set
    assert (again.text, again.features) == (rule_set.text, rule_set.features)
    assert RuleSet.of(reversed(rule_set.rules), reversed(rule_set.limits)).text == rule_set.text


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_any_printable_title_survives_the_text(title: str) -> None:
    rule_set = parse_rule_set(RULE.replace("limit.much", "7"))
    rule = rule_set.rules[0]
    usable = title.strip() and title.isprintable()
    if not usable:
        return
    odd = RuleSet.of([dataclasses.replace(rule, title=Words(title.strip(), "题"))], [])
    assert parse_rule_set(odd.text) == odd


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('severity = "high"', 'severity = "huge"', "severity"),
        ('severity = "high"', 'sevrity = "high"', "sevrity"),
        ('outcome = "hold"', "", "outcome"),
        ('outcome = "hold"', 'outcome = "block"', "outcome"),
        ('"test.large"', '"Large"', "lower-case words joined by dots"),
        ('"test.large"', "7", "code"),
        ('{ en = "Large", zh = "大额" }', '{ en = "Large" }', "zh"),
        ('{ en = "Large", zh = "大额" }', '{ en = "Large", zh = " " }', "title needs"),
        ('{ en = "Large", zh = "大额" }', '{ en = "Large", zh = "大额", fr = "Grand" }', "fr"),
        ("(payer.count_1h > 3)", "(payer.cuont_1h > 3)", "did you mean payer.count_1h"),
        ("(payer.count_1h > 3)", "(payer.count_1h > 3", "column"),
        ("(payer.count_1h > 3)", "payer.count_1h", "expected a condition"),
        ("limit.much", "limit.more", "'limit.more'; did you mean limit.much?"),
        ("payer.count_1h = 4", "payer.count_9h = 4", "'payer.count_9h'"),
        ("payer.count_1h = 4", "payer.count_1h = [4]", "must be a number, a text, true or false"),
        ("payer.count_1h = 4", "payer.count_1h = nan", "must be a number"),
        ('outcome = "hold"', 'outcome = "hold"\nwhen_unknown = "ignore"', "go together"),
        ('outcome = "hold"', 'outcome = "hold"\nunknown_because = { en = "x", zh = "y" }', "go together"),
        ("CNY = 5_000", "CNY = 0", "above zero"),
        ("CNY = 5_000", "CNY = 1.5", "amounts"),
        ("CNY = 5_000", 'CNY = "1.555"', "more decimals"),
        ("CNY = 5_000", "ABC = 5_000", "'ABC' is not a currency"),
        ("[limits.much]", "[limits.Much]", "limit 'Much'"),
        ("[[rules]]", "[[rule]]", "rule"),
        ("[[rules]]", "[[rules", "line"),
    ],
)
def test_faults_are_named(before: str, after: str, said: str) -> None:
    text = LIMIT + RULE
    assert before in text
    with pytest.raises(BadInput) as caught:
        parse_rule_set(text.replace(before, after, 1))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_code_defined_twice_stops() -> None:
    with pytest.raises(BadInput, match=r"rule 'test\.large' is defined more than once"):
        parse_rule_set(LIMIT + RULE + RULE)


def test_sizes_are_bounded() -> None:
    with pytest.raises(BadInput, match=f"1 to {RULES_MAX} rules, found 0"):
        parse_rule_set(LIMIT)
    many = [RULE.replace("limit.much", "7").replace("test.large", f"test.r{i}") for i in range(RULES_MAX + 1)]
    with pytest.raises(BadInput, match=f"found {RULES_MAX + 1}"):
        parse_rule_set("".join(many))
    with pytest.raises(BadInput, match="longer than"):
        parse_rule_set("#" * 500_001)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("[]{}=\"'.#\n abcrules_1", max_size=120)))
def test_any_text_is_a_rule_set_or_one_clear_sentence(text: str) -> None:
    with pytest.raises(BadInput):
        parse_rule_set(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000,
        "a = " + "9" * 5_000,
        "a = '\x00'",
        "a." * 200_000 + "a = 1",
        "['a' . " + "'b' . " * 50_000 + "c]",
        "x = { " + '"\\"".' * 50_000 + "a = 1 }",
        '."' * 200_000,
        "[[rules]]\n" * 50_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_are_one_clear_sentence_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(BadInput) as caught:
        parse_rule_set(text)
    assert time.process_time() - started < 2
    assert len(str(caught.value)) < 400
