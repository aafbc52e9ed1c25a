"""Everyday life: savings, pay days, visits, slips, new phones, and the platform's own routine."""

from __future__ import annotations

from functools import partial

from bulkhead.simulation.calendar import DAY_US, HOUR_US, MINUTE_US, OFFICE, SECOND_US
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.lending.loans import LoanMarket
from bulkhead.simulation.lending.people import new_card, new_device
from bulkhead.simulation.lending.town import FEE, YUAN, Client, Town

# What a lender does on a visit, with its weight.
VISITS = (("bid", 58), ("withdraw", 15), ("top_up", 12), ("buy_claim", 8), ("look", 7))
NEW_PHONE_PER_MILLE = 120  # of clients in the time of the world
NEW_CARD_PER_MILLE = 60
LOST_BAG_COUNT = 3  # honest people who look like a takeover: new phone, new card and a withdrawal in an hour
WITHDRAWAL_FEE_MINOR = 2 * YUAN
SLIP_PER_MILLE = 15
SETTLING_IN_US = 3 * DAY_US  # nobody brings money to take it away at once
BILLS = (  # day of the month, from and to how many yuan, to whom
    (5, 30_000, 40_000, "merchant:harbour-tower"),
    (10, 160_000, 190_000, "merchant:payroll-service"),
    (18, 20_000, 36_000, "merchant:cloud-provider"),
)


class EverydayLife:
    """Plans what people do; chance decides the rest when the time comes."""

    def __init__(self, town: Town, market: LoanMarket, draw: Draw) -> None:
        self.town = town
        self.market = market
        self.draw = draw
        self._withdrew: set[str] = set()

    def start(self) -> None:
        for lender in self.town.lenders:
            self._plan_lender(lender)
        for client in self.town.lenders + self.town.borrowers:
            self._plan_changes(client)
        active = [lender for lender in self.town.lenders if not lender.dormant]
        for client in self.draw.pick_many(active, LOST_BAG_COUNT):
            self.town.at(self._some_moment(client), partial(self._lost_bag, client))
        self._plan_platform()

    def _plan_lender(self, lender: Client) -> None:
        calendar, draw = self.town.calendar, self.draw
        low, high = (60_000, 180_000) if lender.dormant else (5_000, 150_000)
        savings = draw.amount_minor(low * YUAN, high * YUAN, 500 * YUAN)
        first_us = lender.joined_us + draw.between(10, 300) * MINUTE_US
        self.town.at(first_us, partial(self.town.deposit, lender, savings))
        if lender.dormant:
            return
        for day in range(calendar.day_of(lender.joined_us), calendar.days):
            if draw.chance(lender.visits_per_mille):
                visit_us = max(calendar.moment_us(draw, day, lender.hours), first_us + MINUTE_US)
                self.town.at(visit_us, partial(self._visit, lender))
        pay_day = calendar.day_with_date(lender.pay_day, calendar.day_of(first_us) + 4)
        if pay_day is not None:
            paid_us = calendar.clock_us(calendar.working_day(pay_day), 9) + draw.below(12 * HOUR_US)
            self.town.at(paid_us, partial(self._save_salary, lender))

    def _save_salary(self, lender: Client, now_us: int) -> None:
        part = lender.salary_minor * self.draw.between(2, 8) // 10
        self.town.deposit(lender, part // (100 * YUAN) * 100 * YUAN, now_us)

    def _visit(self, lender: Client, now_us: int) -> None:
        if lender.retired:
            return
        step = VISITS[self.draw.weighted([weight for _, weight in VISITS])][0]
        if step == "bid":
            for i in range(self.draw.between(1, 4)):
                bid_us = now_us + (20 + i * self.draw.between(30, 120)) * SECOND_US
                self.town.at(bid_us, partial(self.market.bid, lender))
        elif step == "withdraw":
            self._withdraw_some(lender, now_us)
        elif step == "top_up":
            amount = self.draw.amount_minor(500 * YUAN, 30_000 * YUAN, 100 * YUAN)
            self.town.deposit(lender, amount, now_us)
        elif step == "buy_claim":
            self._buy_claim(lender, now_us)

    def _withdraw_some(self, client: Client, now_us: int) -> None:
        """Part of what is free; now and then a digit too many first. From the second time on it costs a fee."""
        free = self.town.free(client)
        if free < 300 * YUAN or now_us < client.joined_us + SETTLING_IN_US:
            return
        if self.draw.chance(SLIP_PER_MILLE):
            self.town.withdraw_too_much(client, now_us)
            self.town.at(now_us + 70 * SECOND_US, partial(self._withdraw_some, client))
            return
        amount = self.draw.amount_minor(200 * YUAN, free * 8 // 10, 100 * YUAN)
        self.town.withdraw(client, amount, now_us, device=self.town.device_for(client))
        if client.name in self._withdrew and free - amount >= WITHDRAWAL_FEE_MINOR:
            self.town.at(now_us + SECOND_US, partial(self._charge_withdrawal, client))
        self._withdrew.add(client.name)

    def _charge_withdrawal(self, client: Client, now_us: int) -> None:
        if self.town.free(client) >= WITHDRAWAL_FEE_MINOR:
            self.town.fee(client, WITHDRAWAL_FEE_MINOR, now_us)

    def _buy_claim(self, lender: Client, now_us: int) -> None:
        """Another lender's claim changes hands for its price."""
        sellers = [c for c in self.town.lenders if c is not lender and c.name in self.town.free_minor]
        price = self.draw.amount_minor(500 * YUAN, 15_000 * YUAN, 10 * YUAN) + self.draw.below(10 * YUAN)
        if sellers and price <= self.town.free(lender):
            self.town.transfer(lender, self.draw.pick(sellers), price, now_us)

    def _plan_changes(self, client: Client) -> None:
        if self.draw.chance(NEW_PHONE_PER_MILLE):
            self.town.at(self._some_moment(client), partial(self._change_phone, client))
        if self.draw.chance(NEW_CARD_PER_MILLE):
            self.town.at(self._some_moment(client), partial(self._change_card, client))

    def _change_phone(self, client: Client, now_us: int) -> None:
        client.devices.insert(0, new_device(self.draw))

    def _change_card(self, client: Client, now_us: int) -> None:
        client.cards.insert(0, new_card(self.draw))

    def _lost_bag(self, client: Client, now_us: int) -> None:
        """Phone and cards are gone; the new ones are used once, for pocket money."""
        self._change_phone(client, now_us)
        self._change_card(client, now_us)
        amount = min(self.town.free(client) // YUAN * YUAN, 800 * YUAN)
        if amount > 0 and not client.retired:
            self.town.withdraw(client, amount, now_us)

    def _some_moment(self, client: Client) -> int:
        calendar = self.town.calendar
        first = calendar.day_of(client.joined_us)
        return calendar.moment_us(self.draw, self.draw.between(first + 1, calendar.days), client.hours)

    def _plan_platform(self) -> None:
        """The owners' capital, weekly sweeps of earned fees, bills, and the custodian's quarterly interest."""
        calendar, town = self.town.calendar, self.town
        capital = partial(town.own_in, 600_000 * YUAN, payer="merchant:harbour-holding")
        town.at(calendar.clock_us(0, 7, 30), capital)
        for day in range(calendar.days):
            date = calendar.date_of(day)
            if date.weekday() == 0:
                town.at(calendar.moment_us(self.draw, day, OFFICE), self._sweep)
            for on_day, low, high, payee in BILLS:
                if date.day == on_day:
                    bill = partial(town.own_out, self.draw.between(low, high) * YUAN, payee=payee)
                    town.at(calendar.moment_us(self.draw, calendar.working_day(day), OFFICE), bill)
            if date.month % 3 == 0 and date.day == 21:
                town.at(calendar.clock_us(day, 3, 30), self._pay_interest)

    def _sweep(self, now_us: int) -> None:
        earned = self.town.free_minor.get(FEE, 0) * 8 // 10 // YUAN * YUAN
        if earned > 0:
            self.town.sweep(earned, now_us)

    def _pay_interest(self, now_us: int) -> None:
        """0.2 % a year on what lies there, for the days of this world."""
        clients = self.town.lenders + self.town.borrowers
        days = self.town.calendar.day_of(now_us)
        for i, client in enumerate(clients):
            interest = self.town.free(client) * 2 * days // (1000 * 365)
            if interest > 0:
                pay = partial(self.town.interest, client, interest)
                self.town.at(now_us + i * 30_000, pay)
