"""How numbers are said: exact in columns, short on axes, never without what they are, never a minus before zero."""

from __future__ import annotations

import pytest

from bulkhead.kernel.reasons import Language, Words
from bulkhead.reporting.values import (
    CNY,
    COUNT,
    DATE,
    DAYS,
    SHARE,
    Estimate,
    Quantity,
    Unit,
    Value,
    interval_said,
    said,
    said_alone,
    short,
)

PERCENT, YEN = Unit("percent", decimals=2), Unit("amount", "JPY")


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (None, CNY, "–", "–"),
        (1_234_567_89, CNY, "1,234,567.89", "1,234,567.89"),
        (-5, CNY, "−0.05", "−0.05"),
        (1_234, YEN, "1,234", "1,234"),
        (0.784, SHARE, "78.4%", "78.4%"),
        (-0.00001, SHARE, "0.0%", "0.0%"),
        (4.2, PERCENT, "4.20%", "4.20%"),
        (-0.01, DAYS, "0.0", "0.0"),
        (20_454, DATE, "2026-01-01", "2026-01-01"),
        (1_767_225_600_000_000, Unit("moment", offset_minutes=480), "2026-01-01 08:00", "2026-01-01 08:00"),
        (float("nan"), DAYS, "–", "–"),
        (Estimate(1_234_567_00, 0, 2e9), CNY, "1.23 m (0\u00a0to\u00a020\u00a0m)", "123 万（0 至 2,000 万）"),
        (
            Quantity(Estimate(2.0, 1.0, 3.0), DAYS),
            COUNT,
            "2.0 days (1.0\u00a0to\u00a03.0)",
            "2.0 天（1.0 至 3.0）",
        ),
        (Quantity(None, DAYS), COUNT, "–", "–"),
        (Words("late", "延迟"), COUNT, "late", "延迟"),
    ],
)
def test_a_cell_says_it_exactly(value: Value, unit: Unit, en: str, zh: str) -> None:
    assert (said(value, unit, "en"), said(value, unit, "zh")) == (en, zh)


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (None, CNY, "unknown", "未知"),
        (84_000_00, CNY, "84 k yuan", "8.4 万元"),
        (123_456_789_00, CNY, "123 m yuan", "1.23 亿元"),
        (-120_00, CNY, "−120 yuan", "−120 元"),
        (Estimate(-0.2, -4.0, 4.0), CNY, "0 yuan", "0 元"),
        (32.0, DAYS, "32.0 days", "32.0 天"),
        (412, COUNT, "412", "412"),
        (Estimate(0.5, 0.4, 0.6), SHARE, "50.0%", "50.0%"),
        (5, Unit("amount", "HKD"), "0.05 HKD", "0.05 HKD"),
    ],
)
def test_a_key_figure_says_it_at_a_glance(value: Value, unit: Unit, en: str, zh: str) -> None:
    assert (said_alone(value, unit, "en"), said_alone(value, unit, "zh")) == (en, zh)


def test_an_interval_is_said_in_the_unit_of_its_value() -> None:
    of = Estimate(123_456_789_00, 101_000_000_00, 148_000_000_00)
    assert interval_said(of, CNY, "en") == "95 % interval: 101 m to 148 m yuan"
    assert interval_said(of, CNY, "zh") == "95% 区间：1.01 亿 至 1.48 亿元"
    assert interval_said(3, CNY, "zh") == ""


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (0.004, "en", "0.004"),
        (0.5, "en", "0.5"),
        (1_500, "en", "1.5 k"),
        (1_500, "zh", "1,500"),
        (-2.5e4, "zh", "−2.5 万"),
    ],
)
def test_a_tick_is_short(value: float, language: Language, text: str) -> None:
    assert short(value, Unit(), language) == text
