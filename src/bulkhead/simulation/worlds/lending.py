"""A small lending platform whose clients' money lies with a custodian bank: one month, three crimes."""

from __future__ import annotations

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.lending.crimes import Underworld
from bulkhead.simulation.lending.living import EverydayLife
from bulkhead.simulation.lending.loans import LoanMarket
from bulkhead.simulation.lending.people import populate
from bulkhead.simulation.lending.town import Town
from bulkhead.simulation.truth import Truth
from bulkhead.simulation.world import World, WorldKind

CODE = "lending"
TITLE = Words("Harbour Lending (simulated)", "港湾网贷（模拟）")
OFFSET_MINUTES = 480  # China
FIRST_MIDNIGHT_US = 1_772_294_400_000_000  # 1 March 2026, 00:00 in China
CLIENTS_MIN, DAYS_MIN = 100, 20


def build(seed: int, clients: int = 300, days: int = 30, start_us: int = FIRST_MIDNIGHT_US) -> World:
    """The world of this seed. The same arguments give the same world on every machine.

    ``start_us`` is the local midnight it begins at, in UTC microseconds. Raises ``BadInput`` when it would be
    too small or too short to hide three crimes with a history.
    """
    if clients < CLIENTS_MIN or days < DAYS_MIN:
        raise BadInput(
            f"The lending world needs at least {CLIENTS_MIN} clients and {DAYS_MIN} days; "
            f"{clients} clients and {days} days were asked for."
        )
    calendar = Calendar(start_us, days, OFFSET_MINUTES)
    town = Town(calendar, Draw(seed, "town"))
    populate(town, Draw(seed, "people"), clients)
    market = LoanMarket(town, Draw(seed, "loans"))
    market.start()
    EverydayLife(town, market, Draw(seed, "life")).start()
    underworld = Underworld(town, market, Draw(seed, "crimes"))
    underworld.start()
    town.run()
    return World(
        code=CODE,
        title=TITLE,
        seed=seed,
        calendar=calendar,
        institution=InstitutionOpened("harbour-lending", "CNY", OFFSET_MINUTES),
        accounts=tuple(town.accounts),
        movements=tuple(town.movements),
        truth=Truth(underworld.truth()),
    )


WORLD = WorldKind(CODE, TITLE, build)
