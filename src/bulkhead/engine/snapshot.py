"""A machine's state as plain arrays, so that recovery need not fold the whole journal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.windows import Windows
from bulkhead.custody.book import Book
from bulkhead.engine.duplicates import GENERATION_IDS, Duplicates
from bulkhead.engine.machine import Machine
from bulkhead.engine.names import Names
from bulkhead.engine.staff import Standing
from bulkhead.kernel.events import (
    ApprovalProposed,
    Event,
    FourEyesDemanded,
    InstitutionOpened,
    RuleSetPublished,
    SourceRegistered,
    decode_event,
    encode_event,
)
from bulkhead.kernel.merkle import Frontier

# Raised when the meaning of any array changes; a snapshot of another version is passed over.
SNAPSHOT_VERSION = 3

Arrays = dict[str, NDArray[Any]]


def dump(machine: Machine) -> Arrays:
    """Copies of all that the machine would fold out of its journal."""
    assert machine.institution is not None, "an empty machine needs no snapshot"
    events: list[Event] = [machine.institution, *machine.sources.values(), *machine.rule_set_events]
    events += [machine.four_eyes] if machine.four_eyes else []
    events += machine.proposals.open.values()
    meta = {
        "version": SNAPSHOT_VERSION,
        "effective_us": machine.effective_us,
        "names": machine.names.dump(),
        "proposals": machine.proposals.count,
        "hold_slots": machine.book.hold_slots(),
        "staff": [[account, who, sorted(roles), out] for account, (who, roles, out) in machine.staff.items()],
        "events": [encode_event(event).decode() for event in events],
    }
    arrays: Arrays = {
        "meta": np.frombuffer(json.dumps(meta).encode(), np.uint8),
        "tree": np.frombuffer(machine.tree.to_bytes(), np.uint8),
    }
    for part, of_part in (
        ("book", machine.book.arrays(len(machine.names))),
        ("windows", machine.windows.arrays()),
        ("duplicates", machine.duplicates.arrays()),
    ):
        arrays |= {f"{part}.{name}": array for name, array in of_part.items()}
    return arrays


def restore(arrays: Arrays, key: bytes, generation_ids: int = GENERATION_IDS) -> Machine:
    """The machine of a dump, made with the same ``generation_ids``.

    Raises ``ValueError`` when it is of another version.
    """
    meta = json.loads(arrays["meta"].tobytes())
    if meta["version"] != SNAPSHOT_VERSION:
        raise ValueError(f"snapshot of version {meta['version']}, this is version {SNAPSHOT_VERSION}")
    machine = Machine(key, generation_ids)
    machine.names = Names.restore(meta["names"])
    machine.book = Book.restore(_part(arrays, "book"), meta["hold_slots"])
    machine.windows = Windows.restore(_part(arrays, "windows"))
    machine.duplicates = Duplicates.restore(_part(arrays, "duplicates"), generation_ids)
    machine.tree = Frontier.from_bytes(arrays["tree"].tobytes())
    machine.effective_us = meta["effective_us"]
    for text in meta["events"]:
        event = decode_event(text.encode())
        match event:
            case InstitutionOpened():
                machine.institution = event
            case SourceRegistered():
                machine.sources[event.code] = event
            case RuleSetPublished():
                machine.rule_set_events.append(event)
            case FourEyesDemanded():
                machine.four_eyes = event
            case ApprovalProposed():
                machine.proposals.take_proposed(event)
            case _:
                raise ValueError(f"a snapshot holds no {type(event).__name__}")
    machine.proposals.count = meta["proposals"]
    machine.staff = {
        account: Standing(person, frozenset(roles), suspended)
        for account, person, roles, suspended in meta["staff"]
    }
    machine.bind_rules()
    return machine


def _part(arrays: Arrays, name: str) -> Arrays:
    return {key.split(".", 1)[1]: array for key, array in arrays.items() if key.startswith(f"{name}.")}
