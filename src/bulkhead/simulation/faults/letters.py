"""What callers and engines write to each other in a fault run, and what a caller keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bulkhead.simulation.world import WorldMovement

Errand = Literal[
    "open-accounts", "publish-rules", "propose-rules", "review-hold", "decide-proposal", "demand-four-eyes"
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller was told of one movement. With a ``problem`` (a field's name) nothing of it was taken."""

    sequence: int
    outcome: str
    status: str
    refusal: str
    rules: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MovementsAsked:
    """Movements of one caller in one message."""

    caller: str
    number: int
    movements: tuple[WorldMovement, ...]


@dataclass(frozen=True, slots=True)
class MovementsTold:
    """One answer for each movement of a message, in their order, and when the engine gave them."""

    asked: MovementsAsked
    answers: tuple[Answer, ...]
    given_us: int


@dataclass(frozen=True, slots=True)
class OfficeAsked:
    """One command of the office: what is asked, who asks, and what it needs of words and numbers."""

    number: int
    errand: Errand
    person: str
    words: tuple[str, ...] = ()
    proposal: int = 0
    release: bool = False


@dataclass(frozen=True, slots=True)
class OfficeTold:
    """How it went: done at a leaf, done before (None), proposed with a snapshot, or refused for a reason."""

    asked: OfficeAsked
    sequence: int | None = None
    proposal: int = 0
    snapshot: str = ""
    refused: str = ""


Asked = MovementsAsked | OfficeAsked
Told = MovementsTold | OfficeTold
