"""Small worlds of the platform with one incident, made once each and looked at from many sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from bulkhead.simulation.platform.conditions import Conditions
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.plot import Dials, Plot
from bulkhead.simulation.platform.setting import Planned, Response, Setting
from bulkhead.simulation.platform.streams import Coded, Kind, Numbered, Stream, Values, texts_of
from bulkhead.simulation.truth import Truth

CLIENTS = 300
FIRST_DAY = 12


@dataclass(slots=True)
class Played:
    """What is left of a world once its days have gone by."""

    plots: list[Plot]
    streams: frozenset[str]  # every one that the world can write
    truth: Truth
    rows: Counter[str] = field(default_factory=Counter)  # stream -> rows
    conditions: list[Conditions] = field(default_factory=list)
    largest: Counter[str] = field(default_factory=Counter)  # "stream.column" -> its largest number
    sums: Counter[str] = field(default_factory=Counter)  # "stream.column" -> their sum
    digest: str = ""

    def of(self, code: str) -> Plot:
        return next(plot for plot in self.plots if plot.code == code)

    def cost_minor(self, code: str) -> int:
        """Harm and other loss of all incidents of a kind."""
        return sum(plot.harm_minor + plot.loss_minor for plot in self.plots if plot.code == code)


@lru_cache(maxsize=256)
def played(
    code: str, dials: Dials | None = None, responses: tuple[Response, ...] = (), *, days: int = 34
) -> Played:
    """The whole world with one incident of this kind from ``FIRST_DAY`` on; with none for ``""``."""
    planned = (Planned(code, FIRST_DAY, dials),) if code else ()
    return play(Setting(5, CLIENTS, days, planned, responses))


@lru_cache(maxsize=256)
def sketched(
    code: str, dials: Dials | None = None, responses: tuple[Response, ...] = (), *, days: int = 45
) -> Played:
    """The same with only those other systems whose rows incidents read: quick, for many worlds."""
    setting = Setting(5, CLIENTS, days, (Planned(code, FIRST_DAY, dials),), responses)
    return play(setting, frozenset({"money-market", "disclosing"}))


def play(setting: Setting, systems: frozenset[str] | None = None) -> Played:
    """Make the world, with all other systems or only these, and keep what the tests ask for."""
    platform = Platform(setting, ledgers=systems is None)
    if systems is not None:
        platform.surroundings = {code: each for code, each in platform.surroundings.items() if code in systems}
    seen = Played(platform.plots, frozenset(stream.code for stream in platform.streams), Truth(()))
    digest = hashlib.sha256()
    for day in platform.days():
        for name in day.rows.dtype.names or ():  # a whole row has bytes between its columns
            digest.update(day.rows[name].tobytes())
        seen.conditions.append(day.conditions)
        for code, blocks in day.blocks.items():
            for block in blocks:
                seen.rows[code] += len(block)
                for (title, kind), column in zip(block.stream.columns.items(), block.values.values(), strict=True):
                    digest.update(_bytes(column))
                    _keep_numbers(seen, block.stream, title, kind, column)
    seen.truth = platform.truth()
    seen.digest = digest.hexdigest()
    return seen


def _keep_numbers(seen: Played, stream: Stream, name: str, kind: Kind, column: Values) -> None:
    if kind in {Kind.MINOR, Kind.NUMBER} and not isinstance(column, (Coded, Numbered, list)) and len(column):
        key = f"{stream.code}.{name}"
        seen.largest[key] = max(seen.largest[key], int(column.max()))
        seen.sums[key] += int(column.sum())


def _bytes(column: Values) -> bytes:
    if isinstance(column, (Coded, Numbered, list)):
        return "\n".join(texts_of(column)).encode()
    return column.tobytes()
