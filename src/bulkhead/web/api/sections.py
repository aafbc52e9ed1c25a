"""All operations of the API: one module of ``operations/`` each section, found by folder scan."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.web.api.operation import Operation, Operations


@cache
def api_sections() -> tuple[Operations, ...]:
    """Every section, in order of their codes. Raises ``BadInput`` for a code or address that is taken twice."""
    found = tuple(discover("bulkhead.web.operations", "OPERATIONS", Operations).values())
    refuse_twins(operation for section in found for operation in section.operations)
    return found


def refuse_twins(operations: Iterable[Operation]) -> None:
    """Raises ``BadInput`` where two operations have one code, or one address and method."""
    taken: set[str] = set()
    for one in operations:
        for key in (one.code, f"{one.method} {one.full_path}"):
            if key in taken:
                raise BadInput(f"Two operations of the API are called {key!r}.")
            taken.add(key)
