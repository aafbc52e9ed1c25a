"""Laws that every rule of the house must keep, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bulkhead.analysis.evaluation import Value
from bulkhead.analysis.explanation import explain
from bulkhead.analysis.expression import parse
from bulkhead.analysis.features import KEYS
from bulkhead.decision.rule import SEVERITIES, Rule
from bulkhead.decision.rule_set import default_rule_set
from bulkhead.decision.vocabulary import LIMIT_PREFIX, Limit, Vocabulary
from bulkhead.kernel.money import CURRENCIES
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Reason, Words

RULE_SET = default_rule_set()
VOCABULARY = Vocabulary(RULE_SET.limits)
every_rule = pytest.mark.parametrize("rule", RULE_SET.rules, ids=lambda rule: rule.code)
# Whoever writes known(...) says himself what a missing value means.
ASKING = [rule for rule in RULE_SET.rules if "known(" in rule.when.text]
UNASKING = [rule for rule in RULE_SET.rules if rule not in ASKING]


def judged(rule: Rule, example: Mapping[str, Value]) -> Reason:
    """The rule's answer to an example. Its currency is CNY unless it says otherwise; unknown has no limits."""
    values = {"currency": "CNY", **example}
    for limit in RULE_SET.limits:
        minor = limit.minor.get(str(values["currency"]))
        values.setdefault(LIMIT_PREFIX + limit.name, None if minor is None else float(minor))
    return explain(rule.when, values, VOCABULARY.type_of)


@every_rule
def test_its_hit_examples_hit_and_its_miss_examples_miss(rule: Rule) -> None:
    assert rule.hit, "a rule shows at least one example that meets it"
    assert rule.miss, "and one that does not"
    for example, expected in [(e, True) for e in rule.hit] + [(e, False) for e in rule.miss]:
        reason = judged(rule, example)
        assert reason.outcome is expected, "\n".join([str(dict(example)), *reason.lines("en")])


@every_rule
def test_it_speaks_both_languages(rule: Rule) -> None:
    for words in (rule.title, rule.why, *([rule.ignores_unknown] if rule.ignores_unknown else [])):
        assert is_bilingual(words), words
    assert rule.why.en.endswith(".")
    assert rule.why.zh.endswith("。")
    assert not rule.title.en.endswith(".")


@every_rule
def test_it_answers_the_same_twice_and_leaves_its_input_alone(rule: Rule) -> None:
    for example in rule.hit:
        before = dict(example)
        assert judged(rule, example) == judged(rule, example)
        assert dict(example) == before


@pytest.mark.parametrize("rule", UNASKING, ids=lambda rule: rule.code)
def test_missing_data_never_clears_a_movement(rule: Rule) -> None:
    for example in rule.hit:
        for name in example:
            lacking = {k: v for k, v in example.items() if k != name} | {name: None}
            assert judged(rule, lacking).outcome is not False, f"without {name} the movement would pass unseen"


@every_rule
def test_nothing_known_is_no_answer_or_no_hit(rule: Rule) -> None:
    assert explain(rule.when, {}, VOCABULARY.type_of).outcome is not True


@every_rule
def test_its_condition_is_canonical(rule: Rule) -> None:
    assert parse(rule.when.text) == rule.when


@pytest.mark.parametrize("limit", RULE_SET.limits, ids=lambda limit: limit.name)
def test_a_limit_is_bilingual_used_and_given_in_every_currency(limit: Limit) -> None:
    assert is_bilingual(limit.about)
    assert set(limit.minor) == set(CURRENCIES)
    assert any(LIMIT_PREFIX + limit.name in rule.when.names for rule in RULE_SET.rules)


def test_limits_agree_between_currencies() -> None:
    """The house's own limits stand in about one ratio in every currency: a zero too many would show."""
    own = [limit for limit in RULE_SET.limits if limit.name not in ("cash_report", "large_transfer")]
    for limit in own[1:]:
        for code in CURRENCIES:
            ratio = limit.minor[code] / own[0].minor[code]
            assert ratio == pytest.approx(limit.minor["CNY"] / own[0].minor["CNY"], rel=0.2), (limit.name, code)


def test_the_pack_is_of_the_size_the_engine_is_measured_with() -> None:
    assert len(RULE_SET.rules) >= 18
    assert 30 <= len(RULE_SET.features) <= 45
    assert {name.split(".")[0] for name in RULE_SET.features} == set(KEYS)
    assert {rule.severity for rule in RULE_SET.rules} == set(SEVERITIES)
    assert {rule.outcome for rule in RULE_SET.rules} == set(Outcome)


def is_bilingual(words: Words) -> bool:
    """English without Chinese characters, Chinese with some."""
    return not any("\u4e00" <= c <= "\u9fff" for c in words.en) and any(
        "\u4e00" <= c <= "\u9fff" for c in words.zh
    )
