"""Who lives in the town: lenders and borrowers with their phones, bank cards, habits and pay days."""

from __future__ import annotations

from functools import partial

from bulkhead.simulation.calendar import DAY_PEOPLE, HOUR_US, NIGHT_OWLS
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.lending.town import YUAN, Client, Town

PAY_DAYS = (10, 15, 25, 28)  # of the month; companies keep to one each
LENDERS_PER_MILLE = 560
NEWCOMERS_PER_MILLE = 220  # of clients join during the month
DORMANT_PER_MILLE = 70  # of clients: they left their money and forgot it
DORMANT_MIN = 9


def populate(town: Town, draw: Draw, clients: int) -> None:
    """Clients of the first day, opened on its morning, and newcomers, opened on the day they join."""
    for number in range(1, clients + 1):
        lends = draw.chance(LENDERS_PER_MILLE)
        if draw.chance(NEWCOMERS_PER_MILLE):
            joined_us = town.calendar.moment_us(draw, draw.between(1, town.calendar.days - 2))
        else:
            joined_us = town.calendar.clock_us(0, 8) + draw.below(4 * HOUR_US)
        client = make_client(draw, number, joined_us, lends=lends)
        (town.lenders if lends else town.borrowers).append(client)
        town.at(joined_us, partial(town.open_account, client))
    early = [lender for lender in town.lenders if town.calendar.day_of(lender.joined_us) == 0]
    for sleeper in draw.pick_many(early, max(DORMANT_MIN, clients * DORMANT_PER_MILLE // 1000)):
        sleeper.dormant = True


def make_client(draw: Draw, number: int, joined_us: int, *, lends: bool) -> Client:
    """One person. Client numbers look like those of a platform; they are personal and go through the vault."""
    client = Client(
        name=f"client:{20260000 + number}",
        devices=[new_device(draw) for _ in range(draw.between(1, 2))],
        cards=[new_card(draw)],
        joined_us=joined_us,
        hours=NIGHT_OWLS if draw.chance(80) else DAY_PEOPLE,
    )
    if lends:
        client.visits_per_mille = draw.pick((150, 300, 500, 500, 700, 900))
        client.pay_day = draw.pick(PAY_DAYS) if draw.chance(800) else 0
        client.salary_minor = draw.amount_minor(5_000 * YUAN, 32_000 * YUAN, 100 * YUAN)
    return client


def new_device(draw: Draw) -> str:
    return f"device:{draw.pick(('ios', 'android', 'android', 'web'))}-{draw.below(2**40):010x}"


def new_card(draw: Draw) -> str:
    """A bank account outside, by the bank's short name and an account number."""
    bank = draw.pick(("ICBC", "CCB", "ABC", "BOC", "CMB", "PSBC", "SPDB"))
    return f"bank:{bank}-6217{draw.below(10**12):012d}"
