"""How names are shown: in the clear to those with the right, masked to everybody else."""

from __future__ import annotations

from collections.abc import Collection

from bulkhead.web.books import book
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

_SUFFIX = 4


def shown_names(visit: Visit, names: Collection[str]) -> dict[str, str]:
    """Name as the journal has it -> text for this visitor."""
    wanted = sorted({name for name in names if name})
    values = book(visit.institution).stores.vault.reveal(wanted)
    clear = visit.may(Right.SEE_NAMES)
    shown = {"": ""}
    for name, value in zip(wanted, values, strict=True):
        entity, _, token = name.partition(":")
        if value is None:
            shown[name] = name
        else:
            shown[name] = f"{entity}:{value}" if clear else f"{entity}:{value[:1]}***{token[-_SUFFIX:]}"
    return shown
