"""The record of one account and of one hold, as columns the posting kernel works on."""

from __future__ import annotations

import numpy as np

# Indexed by the engine's name number. Balances count what the house owes: a client's balance is positive, the
# money at the custodian bank (SUMMARY) is the negative of all the others, so that every book sums to zero.
ACCOUNT = np.dtype(
    [
        ("posted_minor", np.int64),
        ("held_minor", np.int64),
        ("stated_difference_minor", np.int64),  # posted minus what the source last stated
        ("currency", np.uint16),
        ("account_class", np.uint8),  # NONE: this name is no account
        # 1: the balance is all its money: opened at zero here, or once compared with a stated balance. History
        # that begins in the middle leaves it 0, and then nobody can say whether the account is overdrawn.
        ("balance_known", np.uint8),
    ],
    align=True,
)

HOLD = np.dtype(
    [
        ("remaining_minor", np.int64),
        ("expires_us", np.int64),  # NO_AMOUNT: never
        ("debit_account", np.int32),
        ("credit_account", np.int32),
        ("requested", np.uint8),  # 1: the payer asked for a hold; 0: only the decision did
        ("state", np.uint8),  # HOLD_FREE, HOLD_OPEN, HOLD_REVIEW
    ],
    align=True,
)
HOLD_FREE = 0
HOLD_OPEN = 1  # the payer's own wish: may be posted or voided by a movement
HOLD_REVIEW = 2  # the decision's: only people may release or return it
