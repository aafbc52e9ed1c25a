"""A world as files: its movements as JSON lines of the source ``movements``, its truth as JSON.

The movements file is what an institution would send: no truth in it, real names, to be read through the vault.
A program that reads it decides exactly the movements that ``World.stream`` gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.money import decimal_places
from bulkhead.kernel.movements import NO_AMOUNT
from bulkhead.simulation.truth import Truth
from bulkhead.simulation.world import World, WorldMovement

MOVEMENTS_FILE = "movements.jsonl"
TRUTH_FILE = "truth.json"


def write_world(world: World, folder: Path) -> tuple[Path, ...]:
    """Write the world's files into ``folder``, which is made if need be; gives their paths.

    Raises ``BadInput`` when the folder cannot be written to.
    """
    movements, truth = folder / MOVEMENTS_FILE, folder / TRUTH_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with movements.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in movement_lines(world))
        truth.write_text(f"{truth_json(world)}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written to: {error.strerror}.") from None
    return movements, truth


def movement_lines(world: World) -> Iterator[str]:
    """One JSON object a movement, every key in every one of them; what is absent is null."""
    for movement in world.movements:
        record = movement_record(movement, world.institution)
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def truth_json(world: World) -> str:
    """The incidents of the world, with the seed that makes it again."""
    return truth_text(world.code, world.seed, world.calendar.days, world.institution.currency, world.truth)


def truth_text(code: str, seed: int, days: int, currency: str, truth: Truth) -> str:
    """JSON of what really happened in the world of this code, seed and length."""
    incidents = [
        {**asdict(incident), "dials": dict(incident.dials), "records": dict(incident.records)}
        for incident in truth.incidents
    ]
    record = {"world": code, "seed": seed, "days": days, "currency": currency, "incidents": incidents}
    return json.dumps(record, ensure_ascii=False, indent=2)


def movement_record(movement: WorldMovement, institution: InstitutionOpened) -> dict[str, str | bool | None]:
    """A movement as an institution would send it, in the columns of the source ``movements``."""
    offset = institution.timezone_offset_minutes
    expires = None if movement.expires_us == NO_AMOUNT else _iso(movement.expires_us, offset)
    return {
        "id": movement.movement_id,
        "time": _iso(movement.event_us, offset),
        "kind": movement.kind.name.lower(),
        "amount": _major(movement.amount_minor, institution.currency),
        "currency": institution.currency,
        "payer": movement.payer or None,
        "payee": movement.payee or None,
        "device": movement.device.partition(":")[2] or None,  # this column can hold nothing else
        "instructed_by": movement.instructed_by or None,
        "settled": movement.settled,
        "phase": movement.phase.name.lower(),
        "hold": movement.hold or None,
        "expires": expires,
    }


def _iso(at_us: int, offset_minutes: int) -> str:
    """Local time with its offset and all its microseconds."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat(timespec="microseconds")


def _major(minor: int, currency: str) -> str:
    """``1234.50``: the amount in major units, as text, so that no digit is lost on the way."""
    places = decimal_places(currency)
    whole, fraction = divmod(minor, 10**places)
    return f"{whole}.{fraction:0{places}d}" if places else str(whole)
