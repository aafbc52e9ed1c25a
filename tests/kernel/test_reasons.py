"""Reason trees: what a person reads and what a machine gets."""

from __future__ import annotations

import json

import pytest

from bulkhead.kernel.reasons import LEXICON, Fact, Language, Reason, Words, fact_text, word

AMOUNT = Fact("amount", Words("amount", "金额"), 1_234_550.0, "CNY")
SILENCE = Fact("payer.since_last_s", Words("silence", "静默时间"), None, "s")
TREE = Reason(
    code="decision",
    label=Words("Held", "暂缓处理"),
    outcome=True,
    value="hold",
    children=(
        Reason(
            code="dormant.awakened",
            label=Words("Dormant account", "休眠账户"),
            outcome=True,
            value="hold",
            grade="high",
            why=Words("It slept.", "账户长期静默。"),
            children=(
                Reason("comparison", Words("amount > 1", "amount > 1"), True, facts=(AMOUNT, SILENCE)),
                Reason("comparison", Words("amount < 9", "amount < 9"), None, facts=(AMOUNT,)),
            ),
        ),
    ),
)


def test_lines_in_english_say_each_fact_once() -> None:
    assert TREE.lines("en") == [
        "✓ Held [hold]",
        "  ✓ Dormant account [high risk, hold]",
        "    It slept.",
        "    ✓ amount > 1",
        "        amount: 12,345.50 CNY",
        "        silence: unknown",
        "    ? amount < 9",
    ]


def test_lines_in_chinese() -> None:
    assert TREE.lines("zh") == [
        "✓ 暂缓处理 [暂缓]",
        "  ✓ 休眠账户 [高风险 · 暂缓]",
        "    账户长期静默。",
        "    ✓ amount > 1",
        "        金额：12,345.50 CNY",
        "        静默时间：未知",
        "    ? amount < 9",
    ]


def test_the_dict_is_json_and_leaves_out_what_is_absent() -> None:
    record = json.loads(json.dumps(TREE.as_dict()))
    assert set(record) == {"code", "label", "outcome", "value", "children"}
    condition = record["children"][0]["children"][0]
    assert condition["facts"][1] == {
        "code": "payer.since_last_s",
        "label": {"en": "silence", "zh": "静默时间"},
        "value": None,
        "unit": "s",
    }
    assert record["children"][0]["children"][1]["outcome"] is None


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (3.0, "", "3", "3"),
        (0.12345678, "", "0.1235", "0.1235"),
        (1_234_567.0, "", "1,234,567", "1,234,567"),
        (-5.0, "JPY", "-5 JPY", "-5 JPY"),
        (45.0, "s", "45 s", "45 秒"),
        (5_400.0, "s", "1.5 h", "1.5 小时"),
        (7_776_000.0, "s", "90 d", "90 天"),
        (True, "", "yes", "是"),
        ("withdrawal", "", "withdrawal", "提现"),
        (float("inf"), "", "inf", "inf"),
        (float("inf"), "CNY", "inf", "inf"),
        (None, "CNY", "unknown", "未知"),
    ],
)
def test_facts_are_read_with_their_unit(value: float | str | None, unit: str, en: str, zh: str) -> None:
    fact = Fact("code", Words("label", "名称"), value, unit)
    languages: tuple[Language, Language] = ("en", "zh")
    assert tuple(fact_text(fact, language) for language in languages) == (en, zh)


def test_the_lexicon_has_both_languages() -> None:
    assert all(words.en and words.zh and words.en != words.zh for words in LEXICON.values())
    assert word("no such code", "zh") == "no such code"
