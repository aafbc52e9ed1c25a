"""The names of the features that the windows give, as data."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from bulkhead.kernel.errors import BadInput

WINDOWS = {"5m": 300, "1h": 3_600, "1d": 86_400, "7d": 604_800, "30d": 2_592_000}  # seconds, shortest first
KEYS = ("payer", "payee", "device")
AGGREGATES = ("count", "sum", "mean", "std", "max", "distinct", "out_share")  # over a window
INSTANTS = ("since_last_s", "new_counterparty")  # without a window

_HINTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Feature:
    """One figure about one party of a movement: ``payer.sum_1d`` is key, aggregate and window."""

    key: str
    aggregate: str
    window: str | None  # None for since_last_s and new_counterparty

    @property
    def name(self) -> str:
        suffix = "" if self.window is None else f"_{self.window}"
        return f"{self.key}.{self.aggregate}{suffix}"


def _all_features() -> Iterator[Feature]:
    for key in KEYS:
        for aggregate in AGGREGATES:
            # A device neither pays nor receives, so it has no share.
            if key != "device" or aggregate != "out_share":
                yield from (Feature(key, aggregate, window) for window in WINDOWS)
        yield from (Feature(key, instant, None) for instant in INSTANTS)


_BY_NAME = {feature.name: feature for feature in _all_features()}
ALL_FEATURES: tuple[str, ...] = tuple(_BY_NAME)


def parse_feature(name: str) -> Feature:
    """The feature of this name. Raises ``BadInput`` that names the nearest ones."""
    feature = _BY_NAME.get(name)
    if feature is None:
        near = difflib.get_close_matches(name, ALL_FEATURES, _HINTS_MAX, cutoff=0.0)
        raise BadInput(f"there is no feature {name!r}; the nearest are {', '.join(near)}")
    return feature
