"""The sequential heart of the book: one movement after another, each seeing what the one before did.

Order matters here and nowhere else on the hot path, so this is one compiled loop without look-ups in Python.
"""

from __future__ import annotations

from typing import Any

from bulkhead.analysis.compiled import compiled
from bulkhead.custody.accounts import HOLD_FREE, HOLD_OPEN, HOLD_REVIEW
from bulkhead.kernel.movements import ABSENT, NO_AMOUNT, AccountClass, Finding, Outcome, Phase, Refusal, Status

# numba freezes module integers; enum members would be looked up by name at each use.
_CLIENT, _SUMMARY, _NONE = int(AccountClass.CLIENT), int(AccountClass.SUMMARY), int(AccountClass.NONE)
_PLACE, _POST, _VOID = int(Phase.PLACE), int(Phase.POST), int(Phase.VOID)
_ALLOW, _HOLD, _DECLINE = int(Outcome.ALLOW), int(Outcome.HOLD), int(Outcome.DECLINE)
_BOOKED, _HELD, _REFUSED, _VOIDED = (int(s) for s in (Status.BOOKED, Status.HELD, Status.REFUSED, Status.VOIDED))
_OVERDRAFT, _UNAUTHORISED = int(Finding.OVERDRAFT), int(Finding.UNAUTHORISED_DEBIT)
_SEGREGATION, _DIFFERS, _CURRENCY = int(Finding.SEGREGATION), int(Finding.BALANCE_DIFFERS), int(Finding.CURRENCY)
_OK, _DECLINED, _FUNDS = int(Refusal.NONE), int(Refusal.DECLINED), int(Refusal.INSUFFICIENT_FUNDS)
_NOT_INSTRUCTED, _MIXES = int(Refusal.UNAUTHORISED_DEBIT), int(Refusal.SEGREGATION)
_UNKNOWN_ACCOUNT, _OTHER_CURRENCY = int(Refusal.UNKNOWN_ACCOUNT), int(Refusal.CURRENCY)
_NOT_OPEN, _EXCEEDED = int(Refusal.HOLD_NOT_OPEN), int(Refusal.HOLD_EXCEEDED)
_EXISTS = int(Refusal.HOLD_EXISTS)


@compiled
def post_batch(
    rows: Any, outcomes: Any, accounts: Any, holds: Any, slots: Any, permitted: Any, sealed: bool
) -> None:
    """Post, hold or refuse each movement of a batch in its order.

    ``rows``: MOVEMENT[n] with account numbers; ``outcomes``: OUTCOME[n] whose ``outcome`` is given and whose
    other fields are filled here; ``accounts``: ACCOUNT by number; ``holds``: HOLD by slot; ``slots``: int32[n],
    the slot of the hold a row names or may place. ``sealed``: the journal already says what happened to each
    row (``status``, ``refusal`` are given): do that again instead of judging anew.
    """
    for i in range(rows.size):
        row = rows[i]
        out = outcomes[i]
        if row.settled:
            _open_account(accounts, row.debit_account, row.debit_class, row.currency)
            _open_account(accounts, row.credit_account, row.credit_class, row.currency)
            _move(accounts, row.debit_account, row.credit_account, row.amount_minor)
            out.findings = _findings(row, accounts, permitted)
            out.status = _BOOKED
            out.refusal = _OK
        else:
            if not sealed:
                out.refusal = _refusal(row, out.outcome, accounts, holds, slots[i], permitted)
                out.status = _status(row.phase, out.outcome, out.refusal)
            out.findings = 0
            _carry_out(row, out.outcome, out.status, accounts, holds, slots[i])
        _note_balances(row, out, accounts)


@compiled
def _status(phase: int, outcome: int, refusal: int) -> int:
    if refusal != _OK:
        return _REFUSED
    if phase == _VOID:
        return _VOIDED
    if phase == _POST:
        return _BOOKED
    return _HELD if phase == _PLACE or outcome == _HOLD else _BOOKED


@compiled
def _refusal(row: Any, outcome: int, accounts: Any, holds: Any, slot: int, permitted: Any) -> int:
    """Why a requested movement may not happen; the book's own reasons come before the decision's."""
    if row.phase == _VOID or row.phase == _POST:
        return _hold_refusal(row, accounts, holds, slot, permitted)
    ground = _account_refusal(row, accounts, permitted)
    if ground != _OK:
        return ground
    debit = accounts[row.debit_account]
    if row.debit_class == _CLIENT and row.instructed_by != row.debit_account:
        return _NOT_INSTRUCTED
    if row.debit_class != _SUMMARY and debit.posted_minor - debit.held_minor < row.amount_minor:
        return _FUNDS
    if slot != ABSENT and holds[slot].state != HOLD_FREE:
        return _EXISTS
    if outcome == _DECLINE:
        return _DECLINED
    return _OK


@compiled
def _account_refusal(row: Any, accounts: Any, permitted: Any) -> int:
    if row.debit_account == ABSENT or row.credit_account == ABSENT:
        return _UNKNOWN_ACCOUNT
    debit = accounts[row.debit_account]
    credit = accounts[row.credit_account]
    if debit.account_class == _NONE or credit.account_class == _NONE:
        return _UNKNOWN_ACCOUNT
    if debit.account_class != row.debit_class or credit.account_class != row.credit_class:
        return _UNKNOWN_ACCOUNT
    if debit.currency != row.currency or credit.currency != row.currency:
        return _OTHER_CURRENCY
    if not permitted[row.kind, debit.account_class, credit.account_class]:
        return _MIXES
    return _OK


@compiled
def _hold_refusal(row: Any, accounts: Any, holds: Any, slot: int, permitted: Any) -> int:
    """A hold carries its payer's authority, so posting or voiding it needs no new instruction."""
    if slot == ABSENT or holds[slot].state != HOLD_OPEN or holds[slot].debit_account != row.debit_account:
        return _NOT_OPEN
    if row.phase == _VOID:
        return _OK
    ground = _account_refusal(row, accounts, permitted)
    if ground != _OK:
        return ground
    if row.credit_account != holds[slot].credit_account:
        return _NOT_OPEN
    if row.amount_minor > holds[slot].remaining_minor:
        return _EXCEEDED
    return _OK


@compiled
def _carry_out(row: Any, outcome: int, status: int, accounts: Any, holds: Any, slot: int) -> None:
    if status == _REFUSED:
        return
    if status == _VOIDED:
        accounts[row.debit_account].held_minor -= holds[slot].remaining_minor
        holds[slot].remaining_minor = 0
        holds[slot].state = HOLD_FREE
    elif status == _HELD:
        accounts[row.debit_account].held_minor += row.amount_minor
        hold = holds[slot]
        hold.remaining_minor = row.amount_minor
        hold.expires_us = row.expires_us
        hold.debit_account = row.debit_account
        hold.credit_account = row.credit_account
        hold.requested = 1 if row.phase == _PLACE else 0
        hold.state = HOLD_REVIEW if outcome == _HOLD else HOLD_OPEN
    else:
        _move(accounts, row.debit_account, row.credit_account, row.amount_minor)
        if row.phase == _POST:
            accounts[row.debit_account].held_minor -= row.amount_minor
            holds[slot].remaining_minor -= row.amount_minor
            if holds[slot].remaining_minor == 0:
                holds[slot].state = HOLD_FREE


@compiled
def _open_account(accounts: Any, number: int, account_class: int, currency: int) -> None:
    if accounts[number].account_class == _NONE:
        accounts[number].account_class = account_class
        accounts[number].currency = currency


@compiled
def _move(accounts: Any, debit: int, credit: int, amount_minor: int) -> None:
    accounts[debit].posted_minor -= amount_minor
    accounts[credit].posted_minor += amount_minor


@compiled
def _findings(row: Any, accounts: Any, permitted: Any) -> int:
    """What is wrong with a movement that has happened; called after it was booked."""
    debit = accounts[row.debit_account]
    credit = accounts[row.credit_account]
    found = 0
    if debit.currency != row.currency or credit.currency != row.currency:
        found |= _CURRENCY
    if not permitted[row.kind, debit.account_class, credit.account_class]:
        found |= _SEGREGATION
    if row.debit_class == _CLIENT and row.instructed_by != ABSENT and row.instructed_by != row.debit_account:
        found |= _UNAUTHORISED
    if row.stated_balance_minor != NO_AMOUNT:
        account = debit if row.debit_class == _CLIENT else credit
        difference = account.posted_minor - row.stated_balance_minor
        # A gap that stays the same was already reported when it opened.
        if difference != account.stated_difference_minor:
            found |= _DIFFERS
            account.stated_difference_minor = difference
        account.balance_known = 1
    if debit.account_class != _SUMMARY and debit.balance_known and debit.posted_minor < 0:
        found |= _OVERDRAFT
    return found


@compiled
def _note_balances(row: Any, out: Any, accounts: Any) -> None:
    out.debit_posted_minor = 0
    out.debit_held_minor = 0
    out.credit_posted_minor = 0
    if row.debit_account != ABSENT:
        out.debit_posted_minor = accounts[row.debit_account].posted_minor
        out.debit_held_minor = accounts[row.debit_account].held_minor
    if row.credit_account != ABSENT:
        out.credit_posted_minor = accounts[row.credit_account].posted_minor
