"""Thieves enter clients' accounts with stolen passwords and empty them to bank cards nobody paid before.

How a person sees it: ``logins`` has failed tries, then a reset password on a phone and from a place this client never
used; minutes later ``movements`` has a payment of fifty yuan and then, at night, one large withdrawal after another
to new cards or to a fresh client account that passes it on; days later the victim complains of a withdrawal.

Size: victims. Stealth: part of the balance instead of all, few pieces hours apart in waking hours, from 8 on over
the victim's own phone, complaints late. Speed: how many victims a night and how fast each is emptied.
"""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.incidents._mishap import YUAN
from bulkhead.simulation.incidents._scheme import ABROAD, ELSEWHERE, Scheme, pieces_of, whole
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.plot import Part

PROBE_MINOR = 50 * YUAN
OWN_PHONE_FROM_STEALTH = 8
RESET_TO_STEALTH = 5


class Takeover(Scheme):
    """A gang works through its victims; part of the loot goes over accounts opened for it."""

    usual_days = 3

    def prepare(self) -> None:
        self.fences = self.accounts(2, days_before=5 + 4 * self.stealth, devices=1 if self.stealth < 5 else 0)
        self.robbed: set[int] = set()

    def act(self, day: Day) -> None:
        for _ in range(self.due_today(day, self.size)):
            fit = [c for c in self.regulars(self.size + 1, day.number, least_yuan=6_000) if c not in self.robbed]
            if fit:
                self._rob(day, self.cast(fit[:1])[0])

    def _rob(self, day: Day, victim: int) -> None:
        self.robbed.add(victim)
        at_us = self.night_or_day_us(day)
        device = self._enter(day, at_us, victim)
        goods = whole(self.has(day, victim) * self.hidden_or(980, 550) // 1000)
        at_us += self.draw.between(3, 9) * MINUTE_US
        self.withdraw(day, Part.HARM, at_us, victim, PROBE_MINOR, card=self.stranger_card(), device=device)
        gap = self.hidden_or(4, 90) * self.hurried(18, 3) // 10 + 1
        for place, amount in enumerate(pieces_of(self, goods, self.hidden_or(7, 2), uneven_per_mille=200)):
            at_us += self.draw.between(gap * MINUTE_US // 2, gap * MINUTE_US * 3 // 2)
            self._take(day, at_us, victim, device, amount, by_fence=place % 3 == 1)
        self.later(day.number + self.draw.between(1, 1 + self.stealth), lambda then: self._notice(then, victim))

    def _enter(self, day: Day, at_us: int, victim: int) -> int:
        """Log in; gives the phone it is done on."""
        if self.stealth >= OWN_PHONE_FROM_STEALTH:
            device = int(self.platform.people.device[victim])
            self.log_in(day, at_us, victim, device=device, known=True, method="password")
            return device
        device = self.stranger_device()
        network = self.draw.pick(ABROAD if self.is_open() else ELSEWHERE)
        for back in range(self.hidden_or(6, 0), 0, -1):
            failed_us = at_us - back * self.draw.between(20, 50) * 1_000_000
            self.log_in(
                day,
                failed_us,
                victim,
                device=device,
                known=False,
                method="password",
                network=network,
                success=False,
            )
        method = "reset" if self.stealth <= RESET_TO_STEALTH else "sms-code"
        self.log_in(day, at_us, victim, device=device, known=False, network=network, method=method)
        return device

    def _take(self, day: Day, at_us: int, victim: int, device: int, amount: int, *, by_fence: bool) -> None:
        if not by_fence:
            self.withdraw(day, Part.HARM, at_us, victim, amount, card=self.stranger_card(), device=device)
            return
        fence = self.draw.pick(self.fences)
        moved = self.transfer(day, Part.HARM, at_us, victim, fence, amount, device=device)
        out_us = at_us + self.hurried(90, 10) * MINUTE_US
        self.withdraw(day, Part.DEED, out_us, fence, whole(moved * 97 // 100, 10 * YUAN))

    def _notice(self, day: Day, victim: int) -> None:
        """The owner has the account closed and complains."""
        self.platform.people.active[victim] = False
        self.complains(day, victim, "withdrawal")


INCIDENT = IncidentKind(
    "account-takeover",
    Family.TECHNICAL,
    Words("Account takeover", "账户被盗用"),
    Words(
        "With stolen passwords a gang logs in to clients' accounts on phones of its own and empties them to cards "
        "and payees the clients never paid.",
        "团伙利用撞库或钓鱼得来的密码，在陌生设备上登录客户账户，小额试探后把余额转到客户从未付过款的银行卡和账户。",
    ),
    Takeover.usual_days,
    ("logins", "movements", "complaints"),
    Takeover.begin,
)
