"""An internet-finance institution with all its surroundings, at any size: columns, day by day, every incident once."""

from __future__ import annotations

from functools import partial

from bulkhead.simulation.platform.planning import every_kind_once
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import FIRST_MIDNIGHT_US, Setting
from bulkhead.simulation.platform.world import CODE, TITLE, PlatformWorld
from bulkhead.simulation.world import WorldKind


def build(seed: int, clients: int = 10_000, days: int = 120, start_us: int = FIRST_MIDNIGHT_US) -> PlatformWorld:
    """The world of this seed, made while it is read. ``start_us`` is the local midnight it begins at."""
    setting = Setting(seed, clients, days, every_kind_once(seed, days), start_us=start_us)
    return PlatformWorld(setting, partial(Platform, ledgers=False))


WORLD = WorldKind(CODE, TITLE, build)
