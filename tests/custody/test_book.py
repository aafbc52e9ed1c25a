"""The book against the plain one, wish by wish, over lives that hypothesis makes up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from plain_book import Account, Answer, PlainBook, Wish

from bulkhead.custody.book import Book
from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    NO_AMOUNT,
    OUTCOME,
    AccountClass,
    MovementKind,
    Outcome,
    Phase,
    Status,
    Strings,
)

Life = list[Wish | int | bool]
CNY, EUR = 156, 978
SUMMARY, FEE, OWN, SUSPENSE = range(4)
CLIENTS = (4, 5, 6)
LATE_CLIENT, FOREIGN_CLIENT, NOBODY = 7, 8, 9  # opened by settled history; keeps euros; no account at all
NAMES = 10
CLASS_OF = {
    SUMMARY: AccountClass.SUMMARY,
    FEE: AccountClass.FEE,
    OWN: AccountClass.OWN,
    SUSPENSE: AccountClass.SUSPENSE,
}
REFERENCES = ("loan-1", "loan-2", "loan-3", "w-1", "w-3")  # the last two are also ids of movements
WAYS = (
    (MovementKind.DEPOSIT, SUMMARY, CLIENTS[0]),
    (MovementKind.DEPOSIT, SUMMARY, CLIENTS[1]),
    (MovementKind.DEPOSIT, SUMMARY, LATE_CLIENT),
    (MovementKind.WITHDRAWAL, CLIENTS[0], SUMMARY),
    (MovementKind.WITHDRAWAL, LATE_CLIENT, SUMMARY),
    (MovementKind.TRANSFER, CLIENTS[0], CLIENTS[1]),
    (MovementKind.TRANSFER, CLIENTS[1], CLIENTS[0]),
    (MovementKind.TRANSFER, CLIENTS[0], CLIENTS[0]),
    (MovementKind.BID, CLIENTS[0], CLIENTS[2]),
    (MovementKind.BID, CLIENTS[1], CLIENTS[2]),
    (MovementKind.DISBURSEMENT, CLIENTS[0], CLIENTS[2]),
    (MovementKind.FEE, CLIENTS[2], FEE),
    (MovementKind.SWEEP, FEE, OWN),
    (MovementKind.FEE, CLIENTS[0], OWN),  # forbidden
    (MovementKind.TRANSFER, CLIENTS[0], FOREIGN_CLIENT),
    (MovementKind.TRANSFER, CLIENTS[0], NOBODY),
    (MovementKind.WITHDRAWAL, None, SUMMARY),
)


@st.composite
def wishes(draw: st.DrawFn, number: int) -> Wish:
    """One movement; small amounts and few references, so that they meet."""
    kind, debit, credit = draw(st.sampled_from(WAYS))
    settled = draw(st.integers(0, 3)) == 0 and debit is not None and credit is not None
    phase = Phase.SINGLE if settled else draw(st.sampled_from((Phase.SINGLE, *Phase)))
    by_payer = draw(st.integers(0, 9)) > 0
    return Wish(
        id=f"w-{number}",
        amount=draw(st.integers(1, 60)),
        kind=kind,
        debit=debit,
        credit=credit,
        debit_class=CLASS_OF.get(debit if debit is not None else ABSENT, AccountClass.CLIENT),
        credit_class=CLASS_OF.get(credit, AccountClass.CLIENT),
        settled=settled,
        currency=draw(st.sampled_from((CNY, CNY, CNY, CNY, EUR))),
        phase=phase,
        hold=draw(st.sampled_from(REFERENCES)) if phase != Phase.SINGLE else "",
        expires_us=draw(st.none() | st.integers(1, 50)) if phase == Phase.PLACE else None,
        instructed_by=debit if by_payer else draw(st.sampled_from((None, FEE, CLIENTS[1]))),
        stated=draw(st.none() | st.integers(-20, 150)) if settled else None,
        outcome=draw(
            st.sampled_from((Outcome.ALLOW, Outcome.ALLOW, Outcome.ALLOW, Outcome.HOLD, Outcome.DECLINE))
        ),
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Wishes in order; between them times that pass (int) and reviews (bool: release the oldest hold or not)."""
    steps: Life = []
    for number in range(draw(st.integers(5, 45))):
        steps.append(draw(wishes(number)))
        if draw(st.integers(0, 5)) == 0:
            steps.append(draw(st.integers(1, 50) | st.booleans()))
    return steps


def opened() -> tuple[Book, PlainBook]:
    book, plain = Book(), PlainBook()
    for number in (*CLASS_OF, *CLIENTS, FOREIGN_CLIENT):
        its_class = CLASS_OF.get(number, AccountClass.CLIENT)
        currency = EUR if number == FOREIGN_CLIENT else CNY
        assert book.open_account(number, its_class, currency)
        plain.accounts[number] = Account(its_class, currency, known=True)
    assert not book.open_account(FEE, AccountClass.CLIENT, EUR), "an account is opened once"
    return book, plain


def rows_of(group: list[Wish]) -> tuple[NDArray[np.void], NDArray[np.void], Strings, tuple[str, ...]]:
    rows, outcomes = np.zeros(len(group), MOVEMENT), np.zeros(len(group), OUTCOME)
    holds = tuple(sorted({wish.hold for wish in group if wish.hold}))
    for index, wish in enumerate(group):
        row = rows[index]
        row["amount_minor"], row["kind"], row["phase"] = wish.amount, wish.kind, wish.phase
        row["settled"], row["currency"] = wish.settled, wish.currency
        row["debit_class"], row["credit_class"] = wish.debit_class, wish.credit_class
        for column, number in (
            ("debit_account", wish.debit), ("credit_account", wish.credit), ("instructed_by", wish.instructed_by),
        ):  # fmt: skip
            row[column] = ABSENT if number is None else number
        row["stated_balance_minor"] = NO_AMOUNT if wish.stated is None else wish.stated
        row["expires_us"] = NO_AMOUNT if wish.expires_us is None else wish.expires_us
        row["hold"] = holds.index(wish.hold) if wish.hold else ABSENT
        outcomes["outcome"][index] = wish.outcome
    return rows, outcomes, Strings.of([wish.id for wish in group]), holds


def answers(outcomes: NDArray[np.void]) -> list[Answer]:
    return [
        Answer(
            Status(out["status"]), out["refusal"], out["findings"],
            int(out["debit_posted_minor"]), int(out["debit_held_minor"]), int(out["credit_posted_minor"]),
        )
        for out in outcomes
    ]  # fmt: skip


def groups(life: Life, size: int) -> Iterator[list[Wish] | int | bool]:
    """Neighbouring wishes in groups of at most ``size``; other steps stand alone."""
    waiting: list[Wish] = []
    for step in life:
        if isinstance(step, Wish):
            waiting.append(step)
        if waiting and (len(waiting) == size or not isinstance(step, Wish)):
            yield waiting
            waiting = []
        if not isinstance(step, Wish):
            yield step
    if waiting:
        yield waiting


def live(
    book: Book, life: Life, size: int, sealed: list[NDArray[np.void]] | None = None
) -> list[NDArray[np.void]]:
    """All outcomes of a life cut into batches of ``size``; given sealed ones, it is replayed from those."""
    done: list[NDArray[np.void]] = []
    replayed = iter(np.concatenate(sealed)) if sealed else None
    for group in groups(life, size):
        if isinstance(group, bool):
            waiting = sorted(book.holds_in_review())
            if waiting:
                book.review(waiting[0], release=group)
        elif isinstance(group, int):
            book.expire(group)
        else:
            rows, outcomes, ids, holds = rows_of(group)
            if replayed is not None:
                for index in range(len(group)):
                    outcomes[index] = next(replayed)
            book.post(rows, outcomes, ids, holds, sealed=replayed is not None)
            done.append(outcomes)
    return done


def said(outcomes: list[NDArray[np.void]]) -> list[object]:
    """As values: between the fields lie bytes that mean nothing."""
    return [row for part in outcomes for row in part.tolist()]


def state(book: Book) -> tuple[list[object], dict[str, object]]:
    """Accounts and open holds, without the slots that nobody outside can see."""
    slots = book.hold_slots()
    return book.arrays(NAMES)["accounts"].tolist(), {r: book.holds[slot].tolist() for r, slot in slots.items()}


@settings(max_examples=100, deadline=None)
@given(lives())
def test_each_wish_is_answered_as_the_plain_book_answers_it(life: Life) -> None:
    book, plain = opened()
    overdrawn_by_history: set[int] = set()
    for step in life:
        if isinstance(step, bool):
            waiting = sorted(reference for reference, hold in plain.holds.items() if hold.in_review)
            assert book.holds_in_review() == set(waiting)
            if waiting:
                book.review(waiting[0], release=step)
                plain.review(waiting[0], release=step)
        elif isinstance(step, int):
            lapsed = {one.hold: one.amount_minor for one in book.expire(step)}
            assert lapsed == plain.lapse(step)
        else:
            rows, outcomes, ids, holds = rows_of([step])
            book.post(rows, outcomes, ids, holds, sealed=False)
            assert answers(outcomes) == [plain.take(step)]
            if step.settled and step.debit is not None and plain.posted(step.debit) < plain.held(step.debit):
                overdrawn_by_history.add(step.debit)
        assert_lawful(book, plain, overdrawn_by_history)


def assert_lawful(book: Book, plain: PlainBook, overdrawn_by_history: set[int]) -> None:
    used = book.accounts[:NAMES]
    assert int(used["posted_minor"].sum()) == 0, "every book sums to zero"
    for number in range(NAMES):
        assert (int(used["posted_minor"][number]), int(used["held_minor"][number])) == (
            plain.posted(number),
            plain.held(number),
        )
        if number != SUMMARY and number not in overdrawn_by_history:
            assert used["posted_minor"][number] >= used["held_minor"][number] >= 0, "requests overdraw nobody"
    assert set(book.hold_slots()) == set(plain.holds)


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(1, 50))
def test_how_a_life_is_cut_into_batches_changes_nothing(life: Life, size: int) -> None:
    one, many = opened()[0], opened()[0]
    assert said(live(one, life, 1)) == said(live(many, life, size))
    assert state(one) == state(many)


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(1, 50), st.integers(1, 50))
def test_a_sealed_life_replayed_ends_in_the_same_state(life: Life, size: int, replay_size: int) -> None:
    first, again = opened()[0], opened()[0]
    lived = live(first, life, size)
    replayed = live(again, life, replay_size, lived)
    assert said(lived) == said(replayed)
    assert state(first) == state(again)


@settings(max_examples=50, deadline=None)
@given(lives(), lives())
def test_a_restored_book_lives_on_as_if_it_had_never_stopped(past: Life, future: Life) -> None:
    for step in future:
        if isinstance(step, Wish):
            step.id += "-later"
    book = opened()[0]
    live(book, past, 7)
    restored = Book.restore(book.arrays(NAMES), book.hold_slots())
    assert said(live(book, future, 3)) == said(live(restored, future, 3))
    assert state(book) == state(restored)


def test_totals_are_by_class_and_currency() -> None:
    book, _ = opened()
    deposit = Wish(
        "w", 70, MovementKind.DEPOSIT, SUMMARY, CLIENTS[0], AccountClass.SUMMARY, AccountClass.CLIENT, settled=True
    )
    book.post(*rows_of([deposit]), sealed=False)
    totals = book.totals(NAMES)
    assert totals[AccountClass.CLIENT, CNY] == (3, 70, 0)
    assert totals[AccountClass.CLIENT, EUR] == (1, 0, 0)
    assert totals[AccountClass.SUMMARY, CNY] == (1, -70, 0)
