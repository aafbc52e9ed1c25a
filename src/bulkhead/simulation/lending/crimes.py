"""Three crimes, hidden in everyday life. Each criminal account has an ordinary history first.

The plans fix who, when and how; amounts follow from what is there when the time comes. Each plan notes the
movements it causes, and from those the truth is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import HOUR_US, MINUTE_US, SECOND_US
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.lending.loans import LoanMarket
from bulkhead.simulation.lending.people import make_client, new_card, new_device
from bulkhead.simulation.lending.town import OWN, YUAN, Client, Town
from bulkhead.simulation.truth import Incident

FRIENDS = 14  # accounts the mule pays
CRIME_DAYS_PER_MILLE = {"account-takeover": 600, "mule-fan-out": 770, "own-account": 867}

TITLES = {
    "account-takeover": Words("Account takeover", "账户被盗用"),
    "mule-fan-out": Words("Mule account fans out", "跑分账户集中转入、分散转出"),
    "own-account": Words("Platform takes clients' money", "平台挪用客户资金"),
}
STORIES = {
    "account-takeover": Words(
        "At night a phone the client never used empties the account to payees the client never paid.",
        "深夜，一部客户从未用过的手机登录，把余额转给客户从未付过款的收款人。",
    ),
    "mule-fan-out": Words(
        "Four unknown senders pay in just under 50,000; within the hour it leaves for fourteen accounts "
        "opened days before, which cash it out.",
        "四个陌生付款方各转入略低于五万元，一小时内分散转给十四个新开账户，随即提现。",
    ),
    "own-account": Words(
        "Near month end the finance desk moves forgotten clients' money to the platform's own account "
        "and spends it; no client asked for it.",
        "月末夜间，平台财务将长期不动的客户资金划入自有账户并对外支付，没有任何客户指令。",
    ),
}


@dataclass(slots=True)
class Plot:
    """One crime while it happens: who takes part, and the movements it has caused."""

    code: str
    actors: list[str]
    doers: frozenset[str]  # accounts that exist for the crime alone
    movement_ids: list[str] = field(default_factory=list)
    harm_ids: set[str] = field(default_factory=set)
    taken_minor: int = 0
    as_fees_minor: int = 0  # of what was taken

    def note(self, movement_id: str, *, harm: bool) -> None:
        self.movement_ids.append(movement_id)
        if harm:
            self.harm_ids.add(movement_id)


class Underworld:
    """Plans the three crimes into a town and tells the truth afterwards."""

    def __init__(self, town: Town, market: LoanMarket, draw: Draw) -> None:
        self.town = town
        self.market = market
        self.draw = draw
        self.plots: list[Plot] = []

    def start(self) -> None:
        regulars = [c for c in self.town.lenders if self._has_history(c)]
        victim, mule = self.draw.pick_many(regulars, 2)
        friends = self._friends()
        self._plan_takeover(victim, friends[:2])
        self._plan_fan_out(mule, friends[2:])
        self._plan_own_account([c for c in self.town.lenders if c.dormant and self._is_early(c)])

    def truth(self) -> tuple[Incident, ...]:
        """What happened, from the movements the plots have noted."""
        return tuple(self._incident(plot) for plot in self.plots)

    def _incident(self, plot: Plot) -> Incident:
        noted = frozenset(plot.movement_ids)
        rows = [m for m in self.town.movements if m.movement_id in noted]
        others = [m for m in self.town.movements if m.movement_id not in noted]
        harm = [m for m in rows if m.movement_id in plot.harm_ids]
        return Incident(
            code=plot.code,
            title=TITLES[plot.code],
            story=STORIES[plot.code],
            actors=tuple(plot.actors),
            movement_ids=tuple(m.movement_id for m in rows),
            harm_ids=tuple(m.movement_id for m in harm),
            preparation_ids=tuple(m.movement_id for m in others if plot.doers & {m.payer, m.payee}),
            amount_minor=sum(m.amount_minor for m in harm),
            first_us=rows[0].event_us,
            last_us=rows[-1].event_us,
        )

    def _plan_takeover(self, victim: Client, friends: list[Client]) -> None:
        """A test of fifty yuan, then one payee after the other until little is left."""
        plot = self._plot("account-takeover", [victim], friends)
        start_us = self._crime_us(plot, 2) + self.draw.below(50 * MINUTE_US)
        self.town.at(start_us - 11 * HOUR_US, partial(self.town.deposit, victim, 168_000 * YUAN))
        device, cards = new_device(self.draw), [new_card(self.draw) for _ in range(5)]
        at_us = start_us
        for step, yuan in enumerate((50, 19_800, 19_900, 15_000, 19_700, 18_600, 12_000, 19_900)):
            payee = friends[step % 2] if step in (3, 6) else cards[step % len(cards)]
            self.town.at(at_us, partial(self._drain, plot, victim, device, payee, yuan * YUAN))
            if isinstance(payee, Client):
                self.town.at(at_us + 25 * MINUTE_US, partial(self._cash_out, plot, payee, yuan * YUAN, False))
            at_us += self.draw.between(2 * 60, 9 * 60) * SECOND_US

    def _drain(
        self, plot: Plot, victim: Client, device: str, payee: Client | str, amount_minor: int, now_us: int
    ) -> None:
        victim.retired = True  # in the morning the real owner has the account closed
        amount = min(amount_minor, self.town.free(victim))
        if amount <= 0:
            return
        if isinstance(payee, Client):
            done = self.town.transfer(victim, payee, amount, now_us, device=device)
        else:
            done = self.town.withdraw(victim, amount, now_us, card=payee, device=device)
        plot.note(done, harm=True)

    def _plan_fan_out(self, mule: Client, friends: list[Client]) -> None:
        """Money in from four strangers before lunch, out to the friends after it, cashed out by tea."""
        plot = self._plot("mule-fan-out", [mule], friends)
        noon_us = self._crime_us(plot, 12)
        for i in range(4):
            amount = self.draw.between(478, 499) * 100 * YUAN
            pay_in = partial(self.town.deposit, mule, amount, card=new_card(self.draw))
            self._do(plot, noon_us + i * 9 * MINUTE_US + self.draw.below(3 * MINUTE_US), pay_in)
        at_us = noon_us + HOUR_US
        for friend in friends:
            at_us += self.draw.between(70, 230) * SECOND_US
            amount = self.draw.between(115, 139) * 100 * YUAN
            self.town.at(at_us, partial(self._pass_on, plot, mule, friend, amount))
            cash_us = at_us + self.draw.between(20 * 60, 60 * 60) * SECOND_US
            self.town.at(cash_us, partial(self._cash_out, plot, friend, amount, True))

    def _pass_on(self, plot: Plot, mule: Client, friend: Client, amount_minor: int, now_us: int) -> None:
        mule.retired = True
        plot.note(self.town.transfer(mule, friend, amount_minor, now_us), harm=False)

    def _cash_out(self, plot: Plot, friend: Client, amount_minor: int, harm: bool, now_us: int) -> None:
        """The friend keeps a little for the trouble. It is a loss only where the step before was none."""
        amount = min(amount_minor, self.town.free(friend)) * 97 // 100 // (10 * YUAN) * 10 * YUAN
        if amount > 0:
            plot.note(self.town.withdraw(friend, amount, now_us), harm=harm)

    def _plan_own_account(self, sleepers: list[Client]) -> None:
        """Three nights, three forgotten clients a night: openly, or as a "fee" that is then swept up."""
        sleepers = self.draw.pick_many(sleepers, 9)
        plot = self._plot("own-account", sleepers, [])
        night_us = self._crime_us(plot, 23)
        for i, sleeper in enumerate(sleepers):
            at_us = night_us + i // 3 * 24 * HOUR_US + i % 3 * 7 * MINUTE_US + self.draw.below(5 * MINUTE_US)
            self.town.at(at_us, partial(self._help_oneself, plot, sleeper, i % 3 == 1))
        self.town.at(night_us + 49 * HOUR_US + self.draw.below(30 * MINUTE_US), partial(self._sweep_up, plot))
        self.town.at(night_us + 59 * HOUR_US + self.draw.below(30 * MINUTE_US), partial(self._spend, plot))

    def _help_oneself(self, plot: Plot, sleeper: Client, as_fee: bool, now_us: int) -> None:
        sleeper.retired = True
        amount = self.town.free(sleeper) * self.draw.between(5, 9) // 10 // (1000 * YUAN) * 1000 * YUAN
        if amount > 0:
            plot.note(self.town.take_from_client(sleeper, amount, now_us, as_fee=as_fee), harm=True)
            plot.taken_minor += amount
            plot.as_fees_minor += amount * as_fee

    def _sweep_up(self, plot: Plot, now_us: int) -> None:
        plot.note(self.town.sweep(plot.as_fees_minor, now_us, counts=False), harm=False)

    def _spend(self, plot: Plot, now_us: int) -> None:
        amount = self.town.free_minor[OWN] + plot.taken_minor * 9 // 10
        payee = "merchant:harbour-holding"
        plot.note(self.town.own_out(amount, now_us, payee=payee, counts=False), harm=False)

    def _friends(self) -> list[Client]:
        """Accounts opened in the week before, on three shared phones, with a little ordinary use."""
        calendar = self.town.calendar
        last = calendar.days * CRIME_DAYS_PER_MILLE["account-takeover"] // 1000 - 1
        phones = [new_device(self.draw) for _ in range(3)]
        friends = []
        for number in range(FRIENDS + 2):
            joined_us = calendar.moment_us(self.draw, self.draw.between(last - 5, last))
            friend = make_client(self.draw, 9000 + number, joined_us, lends=False)
            friend.devices = [phones[number % 3]]
            savings = self.draw.between(12, 40) * 100 * YUAN
            self.town.at(joined_us, partial(self.town.open_account, friend))
            self.town.at(joined_us + 20 * MINUTE_US, partial(self.town.deposit, friend, savings))
            self.town.at(joined_us + 3 * HOUR_US, partial(self.market.bid, friend))
            friends.append(friend)
        return friends

    def _do(self, plot: Plot, at_us: int, deed: Callable[[int], str]) -> None:
        self.town.at(at_us, lambda now_us: plot.note(deed(now_us), harm=False))

    def _plot(self, code: str, used: list[Client], doers: list[Client]) -> Plot:
        names = frozenset(doer.name for doer in doers)
        self.plots.append(Plot(code, [client.name for client in (*used, *doers)], names))
        return self.plots[-1]

    def _crime_us(self, plot: Plot, hour: int) -> int:
        calendar = self.town.calendar
        return calendar.clock_us(calendar.days * CRIME_DAYS_PER_MILLE[plot.code] // 1000, hour)

    def _is_early(self, client: Client) -> bool:
        return self.town.calendar.day_of(client.joined_us) == 0

    def _has_history(self, client: Client) -> bool:
        return self._is_early(client) and not client.dormant and client.visits_per_mille >= 300
