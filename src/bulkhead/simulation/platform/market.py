"""Market series of a world: rates, currencies and prices, a value a day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.platform.setting import Setting


def make_market(setting: Setting) -> dict[str, NDArray[np.int64]]:
    """Series code -> int64[days]. None are told of yet."""
    return {}
