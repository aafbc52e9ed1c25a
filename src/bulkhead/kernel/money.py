"""Money as integers of minor units, never as floats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation

# ISO 4217: alphabetic code -> (numeric code, decimal places of the minor unit).
CURRENCIES: dict[str, tuple[int, int]] = {
    "AUD": (36, 2),
    "CAD": (124, 2),
    "CHF": (756, 2),
    "CNY": (156, 2),
    "CZK": (203, 2),
    "EUR": (978, 2),
    "GBP": (826, 2),
    "HKD": (344, 2),
    "JPY": (392, 0),
    "KRW": (410, 0),
    "KWD": (414, 3),
    "SGD": (702, 2),
    "USD": (840, 2),
}
_ALPHABETIC = {numeric: code for code, (numeric, _) in CURRENCIES.items()}

# 100 billion major units of a two-place currency. Larger amounts are mistakes, and the bound keeps every
# running sum of 10^5 such amounts inside 64 bits and every sum of squares inside 128.
AMOUNT_MINOR_MAX = 10**13

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)  # the default rounds to 28 digits without a word


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of one currency: ``Money(12_345, "CNY")`` is CNY 123.45."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, "money of two currencies does not add"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        assert self.currency == other.currency, "money of two currencies does not subtract"
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {format_minor(self.minor, self.currency)}"


def currency_number(code: str) -> int:
    """ISO numeric code of an alphabetic one. Raises ``KeyError`` for a currency this house does not know."""
    return CURRENCIES[code][0]


def currency_code(number: int) -> str:
    """ISO alphabetic code of a numeric one. Raises ``KeyError`` for a currency this house does not know."""
    return _ALPHABETIC[number]


def decimal_places(code: str) -> int:
    """Digits behind the decimal point in this currency."""
    return CURRENCIES[code][1]


def parse_minor(text: str, currency: str) -> int:
    """Minor units of a decimal text such as ``"1234.5"``.

    Raises ``ValueError`` when the text is no number, has more decimals than the currency, or is infinite.
    """
    try:
        amount = Decimal("" if "_" in text else text.strip())  # Decimal would read "1_0" as ten
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not an amount") from None
    if not amount.is_finite():
        raise ValueError(f"{text[:40]!r} is not a finite amount")
    if amount and not -20 < amount.adjusted() < 20:
        raise ValueError(f"{text[:40]!r} is out of range")
    minor = amount.scaleb(decimal_places(currency), _EXACT)
    if minor != minor.to_integral_value():
        raise ValueError(f"{text[:40]!r} has more decimals than {currency} allows")
    return int(minor)


def format_minor(minor: int, currency: str) -> str:
    """``-1,234.50`` for minor units: thousands separated, the currency's own decimals."""
    places = decimal_places(currency)
    whole, fraction = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{places}d}" if places else "")
