"""What an operation of the API is: one declaration of its address, what it does, its right and its function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.admission import Open
from bulkhead.web.rights import Right

Method = Literal["GET", "POST", "DELETE"]
ROOT = "api/"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. With a ``Right`` it lies under ``api/i/<institution>/``, else directly under ``api/``.

    ``handler`` is called with a ``Visit`` and what its signature names: parts of the path, at most one
    ``Query[...]`` and one body, all typed; its return type is the answer's schema. ``code`` is the operation id.
    Raises ``BadInput`` when it is declared without a right, or open to more than staff.
    """

    code: str
    path: str
    summary: Words
    needs: Right | Open
    handler: Callable[..., Any]
    method: Method = "GET"
    detail: Words | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.needs, Right) and self.needs is not Open.STAFF:
            raise BadInput(f"The operation {self.code!r} does not say which right it needs.")

    @property
    def full_path(self) -> str:
        prefix = f"{ROOT}i/<slug:institution>/" if isinstance(self.needs, Right) else ROOT
        return prefix + self.path


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one module of ``operations/``."""

    code: str
    title: Words
    operations: tuple[Operation, ...]
