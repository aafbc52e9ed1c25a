"""People of the institution, with their roles and what these let them do."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.setting import Setting

ROLES: dict[str, tuple[int, tuple[str, ...]]] = {
    "finance": (3, ("make-payment", "read-ledger")),
    "finance-head": (1, ("approve-payment", "read-ledger")),
    "lending-desk": (3, ("enter-loan", "read-clients")),
    "lending-head": (1, ("approve-loan", "read-clients")),
    "service": (3, ("read-clients", "answer-complaint")),
    "operations": (2, ("deploy", "restart-service")),
    "compliance": (1, ("read-ledger", "read-clients", "file-report")),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """``name`` is ``staff:…``, ``number`` its directory number."""

    name: str
    role: str
    permissions: tuple[str, ...]
    number: int


def make_staff(setting: Setting, directory: Directory) -> list[Staff]:
    """Everybody who works there on the first day."""
    made: list[Staff] = []
    for role, (count, permissions) in ROLES.items():
        for each in range(1, count + 1):
            name = f"staff:{role}-{each}"
            made.append(Staff(name, role, permissions, directory.number(name)))
    return made
