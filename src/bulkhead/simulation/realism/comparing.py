"""Each fitted distribution, real and simulated: people's accounts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitting.accounts import STEPS_MINOR
from bulkhead.simulation.fitting.berka import SOURCE
from bulkhead.simulation.platform.saving import CARD_CHECK_MINOR
from bulkhead.simulation.realism.accounts import SIZE_FACTOR, Statements, Way
from bulkhead.simulation.realism.result import Classes, Distribution
from bulkhead.simulation.realism.statistics import Sample, compared, compared_counts

YUAN = Words("yuan", "元")
DAYS = Words("days", "天")
A_MONTH = Words("a month", "次/月")
NONE = Words("", "")
_LONG_DAYS = 90
_PURPOSES = (
    (Way.PAID_IN, "deposit", "Money paid in", "存入"),
    (Way.TAKEN_OUT, "withdrawal", "Money taken out", "取出"),
)


def account_distributions(real: Statements, simulated: Statements) -> list[Distribution]:
    """Amounts, gaps, rates, balances. ``simulated`` are the statements of lenders, who save as account holders do."""
    made = []
    for way, code, en, zh in _PURPOSES:
        one, other = after_opening(real).of(way), after_opening(simulated).of(way)
        made += [
            distribution(f"{code}-amount", Words(f"{en}: amounts", f"{zh}：金额"), SOURCE, YUAN,
                         one.amount * SIZE_FACTOR / 100, other.amount / 100, logarithmic=True),
            distribution(f"{code}-ratio", Words(f"{en}: against the account's usual", f"{zh}：与账户常见金额之比"),
                         SOURCE, NONE, _ratios(one), _ratios(other), logarithmic=True),
            distribution(f"{code}-rate", Words(f"{en}: how often", f"{zh}：频率"), SOURCE, A_MONTH,
                         _rates(real, way), _rates(simulated, way)),
        ]  # fmt: skip
    own = [side.of(Way.PAID_IN, Way.TAKEN_OUT) for side in (real, simulated)]
    balances = [_above_zero(side.balance) / 100 for side in (real, simulated)]
    return [
        *made,
        distribution("gap", Words("Days between own movements", "自有资金进出间隔"), SOURCE, DAYS, *map(_gaps, own)),
        distribution("withdrawal-share", Words("Part of the balance taken out", "取出占余额比例"), SOURCE, NONE,
                     *map(_parts, (real, simulated))),
        distribution("balance", Words("Balance after a movement", "交易后余额"), SOURCE, YUAN,
                     balances[0] * SIZE_FACTOR, balances[1], logarithmic=True),
    ]  # fmt: skip


def account_classes(real: Statements, simulated: Statements) -> list[Classes]:
    """How round amounts are, and on which days of the month."""
    made = []
    dates = tuple(str(day) for day in range(1, 32))
    grids = tuple(f"{step / 100:g}" for step in STEPS_MINOR)
    for way, code, en, zh in _PURPOSES:
        sides = [after_opening(side).of(way) for side in (real, simulated)]
        made += [
            classes(f"{code}-roundness", Words(f"{en}: coarsest grid, yuan", f"{zh}：金额整齐到（元）"), SOURCE, grids,
                    *(_grid_counts(side.amount) for side in sides)),
            classes(f"{code}-day", Words(f"{en}: day of the month", f"{zh}：月内日期"), SOURCE, dates,
                    *(np.bincount(side.date, minlength=32)[1:] for side in sides)),
        ]  # fmt: skip
    return made


def after_opening(rows: Statements) -> Statements:
    """Without each account's first row, and without the checks of its card, which are no choice of its holder."""
    own = np.isin(rows.way, (Way.PAID_IN, Way.TAKEN_OUT))
    return rows.rows((np.diff(rows.account, prepend=-1) == 0) & ~(own & (rows.amount <= CARD_CHECK_MINOR)))


def distribution(
    code: str,
    title: Words,
    source: str,
    unit: Words,
    real: Sample,
    simulated: Sample,
    *,
    logarithmic: bool = False,
) -> Distribution:
    return Distribution(code, title, source, unit, real, simulated, compared(real, simulated), logarithmic)


def classes(
    code: str, title: Words, source: str, labels: tuple[str, ...], real: NDArray[np.int64],
    simulated: NDArray[np.int64],
) -> Classes:  # fmt: skip
    apart = compared_counts(real, simulated)
    return Classes(code, title, source, labels, tuple(real.tolist()), tuple(simulated.tolist()), apart)


def _grid_counts(amount: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[steps]: amounts by the coarsest step that divides them."""
    coarsest = np.zeros(len(amount), np.int64)
    for place, step in enumerate(STEPS_MINOR):
        coarsest[amount % step == 0] = place
    return np.bincount(coarsest, minlength=len(STEPS_MINOR))


def _ratios(rows: Statements) -> Sample:
    """float64[n]: amounts over their account's median."""
    names, groups = np.unique(rows.account, return_inverse=True)
    order = np.lexsort((rows.amount, groups))
    counts = np.bincount(groups, minlength=len(names))
    starts = np.cumsum(counts) - counts
    ordered = rows.amount[order]
    medians = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    return np.asarray(rows.amount / medians[groups])


def _rates(rows: Statements, way: Way) -> Sample:
    """float64[accounts]: movements of a way in 30 days, by accounts seen for long enough."""
    names, groups = np.unique(rows.account, return_inverse=True)
    first, last = np.full(len(names), np.iinfo(np.int64).max), np.zeros(len(names), np.int64)
    np.minimum.at(first, groups, rows.day)
    np.maximum.at(last, groups, rows.day)
    span = last - first + 1
    counts = np.bincount(groups[rows.way == way], minlength=len(names))
    return np.asarray((30 * counts / span)[span >= _LONG_DAYS])


def _gaps(rows: Statements) -> Sample:
    return np.asarray(np.diff(rows.day)[rows.account[1:] == rows.account[:-1]], np.float64)


def _parts(rows: Statements) -> Sample:
    """float64[n]: what is taken out over what was there before."""
    taken = rows.of(Way.TAKEN_OUT)
    before = taken.balance + taken.amount
    return np.asarray(np.minimum(taken.amount[before > 0] / before[before > 0], 1.0))


def _above_zero(balance: NDArray[np.int64]) -> Sample:
    return balance[balance > 0].astype(np.float64)
