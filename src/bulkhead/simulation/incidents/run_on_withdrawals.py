"""A run: those with most money leave first, then everybody who hears of it.

How a person sees it: ``movements`` has several times the usual withdrawals within days, the largest balances taken out
whole first, while deposits and bids fall away; ``requests`` and log-ins rise with it, ``posts`` and ``complaints``
about withdrawal follow within hours.

Size: how many times the usual, and how many large lenders lead. Stealth: nobody posts, the leaders take part of
their money over waking hours, the crowd is milder. Speed: weeks or a weekend.
Truth: ``loss_minor`` is what raising the cash in haste costs, 0.8 per cent of what left beyond the usual. The leaders'
withdrawals belong to it; those of the crowd are honest. ``inform-clients`` calms it.
"""

from __future__ import annotations

import numpy as np

from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.incidents._course import shown
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import Scheme, whole
from bulkhead.simulation.incidents._traces import complain, day_moment_us, post
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

WISH_PER_MILLE = 900  # beyond the usual, for each step of size, on the worst day
LEADERS_PER_MILLE = 3  # of the clients, for each step of size
COST_PER_MILLE = 8
WORST_AT_PER_MILLE = 350  # of the course
TEXTS = (
    "{us}提现好几天没到账了，大家赶紧把钱转出来",
    "群里都说{us}要出事，我先把余额全提了",
    "排队提现，{us}客服一直说系统处理中",
)


class Run(Scheme):
    """Leaders withdraw by name; the crowd follows through the day's conditions."""

    usual_days = 8

    def prepare(self) -> None:
        self.left: set[int] = set()

    def act(self, day: Day) -> None:
        wish = self.size * WISH_PER_MILLE * self.hidden_or(1000, 600) // 1000 * self._fear(day.number) // 1000
        conditions = day.conditions
        conditions.withdrawals_per_mille += wish
        conditions.logins_per_mille += wish // 3
        conditions.load_per_mille += wish // 4
        conditions.bids_per_mille = conditions.bids_per_mille * 1000 // (1000 + wish // 2)
        conditions.deposits_per_mille = conditions.deposits_per_mille * 1000 // (1000 + wish // 3)
        self._lead(day)
        wish = wish * 1000 // (1000 + self.force("inform-clients", day.number))  # as it does to the conditions
        complain(self, day, "withdrawal", shown(1 + self.clients * wish // 4_000_000, self.stealth))
        post(self, day, "withdrawal", TEXTS, shown(2 + wish // 700, self.stealth), echoes=30)
        day.afterwards.append(lambda done: self._count(done, wish))

    def _fear(self, day: int) -> int:
        """Per mille: up to the worst day, then slowly down."""
        gone = self.course.gone_per_mille(day)
        if gone <= WORST_AT_PER_MILLE:
            return 300 + 700 * gone // WORST_AT_PER_MILLE
        return max(150, 1000 - 850 * (gone - WORST_AT_PER_MILLE) // (1000 - WORST_AT_PER_MILLE))

    def _lead(self, day: Day) -> None:
        """The largest balances leave in the first half of it."""
        leaders = max(2, self.size + self.clients * self.size * LEADERS_PER_MILLE // 1000)
        gone, before = (self.course.gone_per_mille(day.number - back) for back in (0, 1))
        count = leaders * min(1000, 2 * gone) // 1000 - leaders * min(1000, 2 * before) // 1000
        for client in self.cast(self._largest(count)):
            self.left.add(client)
            amount = whole(self.has(day, client) * self.hidden_or(1000, 500) // 1000, 10 * YUAN)
            at_us = self.moment_us(day, 7, 3) if self.is_open() else day_moment_us(self.draw, day)
            self.withdraw(day, Part.DEED, at_us, client, amount)

    def _largest(self, count: int) -> list[int]:
        people, free = self.platform.people, self.platform.free_minor
        fit = np.flatnonzero(people.active & people.lends & ~people.dormant & (free >= 1_000 * YUAN))
        rich_first = fit[np.argsort(-free[fit], kind="stable")].tolist()
        return [client for client in rich_first[: count + len(self.left)] if client not in self.left][:count]

    def _count(self, day: Day, wish: int) -> None:
        rows = day.everything()
        taken = int(rows["amount_minor"][rows["kind"] == MovementKind.WITHDRAWAL].sum())
        self.plot.loss_minor += taken * wish // (1000 + wish) * COST_PER_MILLE // 1000
        self.plot.touch(day.at(12))


INCIDENT = IncidentKind(
    "run-on-withdrawals",
    Family.LIQUIDITY,
    Words("Run on withdrawals", "集中提现挤兑"),
    Words(
        "Large lenders take their money out, others hear of it, and within days several times the usual sum leaves.",
        "大额出借人率先清空余额，消息传开后客户集中提现，数日内流出资金达到平日数倍，平台被迫高价筹措头寸。",
    ),
    Run.usual_days,
    ("movements", "requests", "complaints", "posts"),
    Run.begin,
)
