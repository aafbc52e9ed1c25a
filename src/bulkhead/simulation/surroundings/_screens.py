"""Which movements a client asked for at a screen: for these there is a log-in, and the pages around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MovementKind
from bulkhead.simulation.platform.saving import CARD_CHECK_MINOR


def at_a_screen(movements: NDArray[np.void]) -> NDArray[np.bool_]:
    """bool[n]. Bids are placed by the tool, all in one morning moment; cards are checked by the custodian."""
    by_hand = (movements["device"] != ABSENT) & (movements["kind"] != MovementKind.BID)
    return np.asarray(by_hand & (movements["amount_minor"] > CARD_CHECK_MINOR), np.bool_)
