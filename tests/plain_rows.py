"""Movements written out again as rows of the built-in source ``movements``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bulkhead.intake.source import ROLES
from bulkhead.kernel.money import currency_code, decimal_places
from bulkhead.kernel.movements import ABSENT, NO_AMOUNT, MovementBatch, MovementKind, Phase

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain_rows(batch: MovementBatch) -> Iterator[dict[str, str | bool]]:
    """One JSON-able object a movement; what is absent is left out.

    Read again they give the same movements, as long as the batch's names are real ones and not tokens and the
    accounts are those that follow from its kinds.
    """
    for index, row in enumerate(batch.rows):
        currency = currency_code(int(row["currency"]))
        written: dict[str, str | bool] = {
            "id": batch.ids[index],
            "time": _time(int(row["event_us"])),
            "kind": MovementKind(row["kind"]).name.lower(),
            "amount": _amount(int(row["amount_minor"]), currency),
            "currency": currency,
            "settled": bool(row["settled"]),
        }
        for role in ROLES:
            if row[role] != ABSENT:
                written[role] = batch.names[row[role]]
        if "device" in written:  # a device is always one, so the source takes it without its entity
            written["device"] = str(written["device"]).removeprefix("device:")
        if row["phase"] != Phase.SINGLE:
            written["phase"] = Phase(row["phase"]).name.lower()
            written["hold"] = batch.holds[row["hold"]]
        if row["expires_us"] != NO_AMOUNT:
            written["expires"] = _time(int(row["expires_us"]))
        if row["stated_balance_minor"] != NO_AMOUNT:
            written["stated_balance"] = _amount(int(row["stated_balance_minor"]), currency)
        yield written


def _time(at_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat()


def _amount(minor: int, currency: str) -> str:
    return format(Decimal(minor).scaleb(-decimal_places(currency)), "f")
