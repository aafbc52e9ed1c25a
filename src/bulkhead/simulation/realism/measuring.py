"""The whole comparison: one world without incidents against all the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.fitting.berka import movements_of
from bulkhead.simulation.platform.setting import Setting
from bulkhead.simulation.realism.accounts import OWN_MONEY, Statements, ordered, real_statements
from bulkhead.simulation.realism.comparing import account_classes, account_distributions, after_opening
from bulkhead.simulation.realism.features import BALANCES, KINDS, PACE, SIZES, Stretches, stretches_of
from bulkhead.simulation.realism.institution import (
    crowd_distributions,
    hours,
    loan_distributions,
    market_distributions,
    single_numbers,
)
from bulkhead.simulation.realism.observing import Observed, observed
from bulkhead.simulation.realism.result import Realism
from bulkhead.simulation.realism.statistics import Estimate
from bulkhead.simulation.realism.telling import Telling, told_apart

DAYS = 365
CONTROL_SPLITS = 5


def measure(data: Path, seed: int, clients: int, days: int = DAYS) -> Realism:
    """Make a world and compare it. Raises ``BadInput`` where data or a package is missing."""
    real = ordered(real_statements(movements_of(data)))
    seen = observed(Setting(seed, clients, days))
    lenders = seen.statements.rows(seen.lends[seen.statements.account])
    distributions = (
        *account_distributions(real, lenders), *loan_distributions(data, seen),
        *crowd_distributions(data, seen), *market_distributions(data, seen),
    )  # fmt: skip
    return Realism(
        seed, clients, days, seen.movements, distributions,
        (*account_classes(real, lenders), *hours(seen)), tuple(single_numbers(data, seen)),
        tuple(tell_apart(real, seen, seed)),
    )  # fmt: skip


def tell_apart(real: Statements, seen: Observed, seed: int) -> list[Telling]:
    """From the easiest question to the fairest, and at last one whose answer is known: real against real."""
    simulated = seen.statements
    lenders = simulated.rows(seen.lends[simulated.account])
    # An account's opening follows other rules than its life.
    real, simulated, lenders = after_opening(real), after_opening(simulated), after_opening(lenders)
    whole = stretches_of(real, real=True), some(stretches_of(simulated, real=False), seed)
    own = (
        stretches_of(real.of(*OWN_MONEY), real=True),
        some(stretches_of(lenders.of(*OWN_MONEY), real=False), seed),
    )
    questions = (
        ("whole", Words("Everything that moves, amounts in yuan", "全部流水，金额按元"), whole),
        ("no-kinds", Words("The same without kinds and sizes", "同上，去除类型与金额大小"),
         _without(whole, *SIZES, *KINDS)),
        ("own-money", Words("Only own money in and out, free of size and pace", "仅本人资金进出，去除金额与频率量纲"),
         _without(own, *SIZES, *KINDS, *PACE, *BALANCES)),
    )  # fmt: skip
    return [*(told_apart(code, title, sides, seed) for code, title, sides in questions), _control(whole[0], seed)]


def _control(real: Stretches, seed: int) -> Telling:
    """What the answer is where nothing can be told: the middle of several splits, and their range as interval."""
    title = Words("Control: half of the real accounts against the other", "对照：真实账户一半对另一半")
    splits = [told_apart("control", title, _halves(real, seed + place), seed) for place in range(CONTROL_SPLITS)]
    splits.sort(key=lambda split: split.auc.value)
    middle = splits[CONTROL_SPLITS // 2]
    return replace(middle, auc=Estimate(middle.auc.value, splits[0].auc.value, splits[-1].auc.value))


def _without(sides: tuple[Stretches, Stretches], *names: str) -> tuple[Stretches, Stretches]:
    real, simulated = (side.without(names) for side in sides)
    return real, simulated


def some(stretches: Stretches, seed: int, accounts_max: int = 400) -> Stretches:
    """About as many accounts as the real side has, drawn from all."""
    names = np.unique(stretches.account)
    if len(names) <= accounts_max:
        return stretches
    chosen = np.random.default_rng(seed).choice(names, accounts_max, replace=False)
    return stretches.rows(np.isin(stretches.account, chosen))


def _halves(stretches: Stretches, seed: int) -> tuple[Stretches, Stretches]:
    names = np.unique(stretches.account)
    chosen = np.random.default_rng(seed).choice(names, len(names) // 2, replace=False)
    first = np.isin(stretches.account, chosen)
    return stretches.rows(first), stretches.rows(~first)
