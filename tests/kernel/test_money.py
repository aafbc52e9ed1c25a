"""Money: exact integers in and out, and no text that is quietly something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulkhead.kernel.money import (
    AMOUNT_MINOR_MAX,
    CURRENCIES,
    Money,
    currency_code,
    currency_number,
    decimal_places,
    format_minor,
    parse_minor,
)

CODES = st.sampled_from(sorted(CURRENCIES))
MINOR = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)


@settings(deadline=None)
@given(MINOR, CODES)
def test_what_is_written_is_read_back(minor: int, code: str) -> None:
    assert parse_minor(format_minor(minor, code).replace(",", ""), code) == minor


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [
        (12_345, "CNY", "123.45"),
        (-123_450, "EUR", "-1,234.50"),
        (-1, "CZK", "-0.01"),
        (0, "USD", "0.00"),
        (1_234_567, "JPY", "1,234,567"),
        (1_005, "KWD", "1.005"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(minor: int, code: str, text: str) -> None:
    assert format_minor(minor, code) == text
    assert str(Money(minor, code)) == f"{code} {text}"


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ("1234.5", "CNY", 123_450),
        (" -0.10 ", "CNY", -10),
        ("1.500", "CNY", 150),
        ("1e3", "CNY", 100_000),
        ("7", "JPY", 7),
        ("0e999999999", "CNY", 0),
    ],
)
def test_decimal_texts_are_exact(text: str, code: str, minor: int) -> None:
    assert parse_minor(text, code) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CNY"),
        ("ten", "CNY"),
        ("1,000", "CNY"),
        ("1_000", "CNY"),
        ("0x10", "CNY"),
        ("1.005", "CNY"),
        ("0.5", "JPY"),
        ("NaN", "CNY"),
        ("sNaN", "CNY"),
        ("-Infinity", "CNY"),
        ("1e20", "CNY"),
        ("1e-20", "CNY"),
        ("1e999999999", "CNY"),
        ("9" * 5_000, "CNY"),
        ("1234567890.0000000000000000000001", "CNY"),  # more digits than a default Decimal context keeps
    ],
)
def test_texts_that_are_no_amount_are_refused(text: str, code: str) -> None:
    with pytest.raises(ValueError, match=r"is not|out of range|more decimals") as caught:
        parse_minor(text, code)
    assert len(str(caught.value)) < 120


@settings(deadline=None)
@given(MINOR, MINOR, CODES)
def test_money_adds_within_its_currency(first: int, second: int, code: str) -> None:
    total = Money(first, code) + Money(second, code)
    assert total - Money(second, code) == Money(first, code)
    assert total + -total == Money(0, code)
    assert (Money(first, code) < Money(second, code)) == (first < second)


def test_two_currencies_do_not_mix() -> None:
    with pytest.raises(AssertionError, match="two currencies"):
        Money(1, "CNY") + Money(1, "EUR")
    with pytest.raises(AssertionError, match="two currencies"):
        Money(1, "CNY") - Money(1, "EUR")


def test_currency_codes_and_numbers_are_one_to_one() -> None:
    assert [currency_code(currency_number(code)) for code in CURRENCIES] == list(CURRENCIES)
    assert (currency_number("CNY"), decimal_places("CNY"), decimal_places("JPY")) == (156, 2, 0)
    with pytest.raises(KeyError):
        currency_number("BTC")
    with pytest.raises(KeyError):
        currency_code(0)
