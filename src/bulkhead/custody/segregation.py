"""Which kind of movement may take money from which class of account to which.

The table is the segregation rule of this book: what it does not name is refused when requested and a finding
when it has happened. Client money has no way to the platform's own account except a fee.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import AccountClass as Class
from bulkhead.kernel.movements import MovementKind as Kind

PERMITTED: dict[Kind, tuple[tuple[Class, Class], ...]] = {
    Kind.DEPOSIT: ((Class.SUMMARY, Class.CLIENT), (Class.SUMMARY, Class.SUSPENSE)),
    Kind.WITHDRAWAL: ((Class.CLIENT, Class.SUMMARY),),
    Kind.TRANSFER: ((Class.CLIENT, Class.CLIENT),),
    Kind.PAYMENT: ((Class.CLIENT, Class.SUMMARY), (Class.CLIENT, Class.CLIENT)),
    Kind.FEE: ((Class.CLIENT, Class.FEE), (Class.CLIENT, Class.SUMMARY)),
    Kind.INTEREST: ((Class.SUMMARY, Class.CLIENT),),
    Kind.BID: ((Class.CLIENT, Class.CLIENT),),
    Kind.DISBURSEMENT: ((Class.CLIENT, Class.CLIENT),),
    Kind.REPAYMENT: ((Class.CLIENT, Class.CLIENT),),
    Kind.REFUND: (
        (Class.SUMMARY, Class.CLIENT),
        (Class.FEE, Class.CLIENT),
        (Class.SUSPENSE, Class.CLIENT),
        (Class.SUSPENSE, Class.SUMMARY),
    ),
    Kind.SWEEP: ((Class.FEE, Class.OWN),),
    Kind.OWN: ((Class.SUMMARY, Class.OWN), (Class.OWN, Class.SUMMARY)),
}


def permitted_matrix() -> NDArray[np.bool_]:
    """``matrix[kind, debit class, credit class]`` for the posting kernel; unknown kinds permit nothing."""
    matrix = np.zeros((256, len(Class), len(Class)), np.bool_)
    for kind, pairs in PERMITTED.items():
        for debit, credit in pairs:
            matrix[kind, debit, credit] = True
    return matrix
