"""What the units of case studies and their indicators are in a report."""

from __future__ import annotations

from bulkhead.kernel.money import CURRENCIES
from bulkhead.kernel.reasons import Words
from bulkhead.reporting.values import COUNT, DAYS, NUMBER, Estimate, Unit
from bulkhead.simulation.case_studies import result as cases

_UNITS: dict[str, Unit] = {
    "": NUMBER,
    "d": DAYS,
    "min": Unit(decimals=0, words=Words("minutes", "分钟")),
    "count": COUNT,
    "%": Unit("percent", decimals=2),
    "x": Unit(decimals=2, words=Words("times", "倍")),
    "bp": Unit(decimals=0, words=Words("basis points", "个基点")),
    "10k": Unit(decimals=2, words=Words("per 10,000 accounts", "每万户")),
    "sigma": Unit(decimals=2, words=Words("standard deviations", "倍标准差")),
}


def unit_of(code: str) -> Unit:
    """The unit of a code; of one that is not known, the code itself beside a plain number."""
    if code in CURRENCIES:
        return Unit("amount", code)
    return _UNITS.get(code) or Unit(words=Words(code, code))


def estimate(of: cases.Estimate | None) -> Estimate | None:
    """A mean over seeds as a report says it; None where no seed had a value."""
    return None if of is None or not of.count else Estimate(of.mean, of.low, of.high)
