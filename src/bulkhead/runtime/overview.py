"""What an operator wants to know of every institution at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.events import InstitutionOpened, decode_event
from bulkhead.kernel.journal import JournalHead
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.wiring import Stores, institution_codes, open_stores

_FACTS = """
    SELECT
        (SELECT body FROM event WHERE institution = %(institution)s ORDER BY sequence LIMIT 1),
        (SELECT count(*) FROM event WHERE institution = %(institution)s AND type = 'RuleSetPublished'),
        (SELECT holder FROM lease WHERE institution = %(institution)s),
        (SELECT effective_us FROM movement WHERE institution = %(institution)s ORDER BY sequence DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """One institution. ``opening`` is None while its journal has not begun; ``effective_us`` while it is without
    movements; ``writer`` while nobody writes."""

    code: str
    opening: InstitutionOpened | None
    head: JournalHead
    rule_set: int  # number of the one in force, 0 for none
    effective_us: int | None
    writer: str | None
    quarantine: dict[str, int]  # rows by state


def overviews(settings: Settings, database: Database) -> tuple[Overview, ...]:
    """All institutions, in the order they were opened."""
    found = []
    for code in institution_codes(database):
        with open_stores(settings, database, code) as stores:
            found.append(_overview(stores))
    return tuple(found)


def _overview(stores: Stores) -> Overview:
    with stores.connect() as connection:
        row = connection.execute(_FACTS, {"institution": stores.number}).fetchone()
    assert row is not None, "a query without FROM has one row"
    body, rule_set, writer, effective_us = row
    opening = decode_event(body.encode()) if body else None
    return Overview(
        stores.code,
        opening if isinstance(opening, InstitutionOpened) else None,
        stores.journal.head(),
        rule_set,
        effective_us,
        writer,
        stores.quarantine.counts(),
    )
