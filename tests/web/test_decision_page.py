"""The page of one decision: what people read there is what the journal says, and only as far as they may see it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from bulkhead.kernel.merkle import leaf_hash, verify_inclusion
from bulkhead.kernel.movements import Outcome, Phase, Refusal, Status
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.web.books import book
from web_fixtures import OTHER, Staff, entered

pytestmark = pytest.mark.usefixtures("town")


def found(town: str, query: MovementQuery) -> list[MovementRow]:
    """Movements of the town, newest first."""
    with reading(book(town).stores) as open_reading:
        return list(search_movements(open_reading, query, limit=1_000).rows)


def text_of(page: str) -> str:
    """The words of a page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_held_movement_says_which_rule_held_it_and_what_it_read(staff: Staff, town: str) -> None:
    query = MovementQuery(statuses=frozenset({Status.HELD}), outcomes=frozenset({Outcome.HOLD}))
    row = next(row for row in found(town, query) if row.rules and not row.unknown_rules)
    client = entered(staff("risk-officer"))
    page = client.get(f"/i/{town}/decisions/{row.sequence}/")
    assert page.status_code == 200
    text = text_of(page.text)
    assert "held for review" in text
    assert "It waits for review: “" in text
    assert "No posting: the money was set aside" in text
    assert "Free to use" in text
    assert "The proof holds" in text
    assert f"bulkhead explain '#{row.sequence}' --institution {town}" in text
    assert "为什么" not in text
    client.post("/language/", {"language": "zh-hans", "next": "/"})
    in_chinese = text_of(client.get(f"/i/{town}/decisions/{row.sequence}/").text)
    assert "转人工复核：“" in in_chinese
    assert "证明成立" in in_chinese
    assert "Why" not in in_chinese


def test_a_booked_movement_shows_both_legs_and_that_they_sum_to_zero(staff: Staff, town: str) -> None:
    row = next(
        row
        for row in found(town, MovementQuery(statuses=frozenset({Status.BOOKED})))
        if row.outcome == Outcome.ALLOW and not row.settled and row.phase == Phase.SINGLE and not row.rules
    )
    text = text_of(entered(staff("auditor")).get(f"/i/{town}/decisions/{row.sequence}/").text)
    amount = f"¥{row.amount_minor / 100:,.2f}"
    assert f"−{amount}" in text
    assert "sums to zero" in text
    assert "No rule objected and the book had the money." in text


def test_a_refused_movement_says_why_in_a_sentence(staff: Staff, town: str) -> None:
    client = entered(staff("custody-operations"))
    query = MovementQuery(statuses=frozenset({Status.REFUSED}))
    by_refusal = {row.refusal: row for row in found(town, query)}
    expected = {
        Refusal.INSUFFICIENT_FUNDS: "did not have enough money that was free to use",
        Refusal.UNAUTHORISED_DEBIT: "Somebody other than the client asked to debit",
        Refusal.HOLD_NOT_OPEN: "a hold that does not exist or has ended",
    }
    for refusal, words in expected.items():
        text = text_of(client.get(f"/i/{town}/decisions/{by_refusal[refusal].sequence}/").text)
        assert words in text, refusal
        assert "There is no posting." in text


def test_what_could_not_be_known_is_seen_as_unknown(staff: Staff, town: str) -> None:
    row = next(row for row in found(town, MovementQuery()) if row.unknown_rules)
    page = entered(staff("rule-analyst")).get(f"/i/{town}/decisions/{row.sequence}/").text
    assert "cannot be known:" in text_of(page)
    assert "value-unknown" in page


def test_names_are_clear_to_those_with_the_right_and_masked_to_others(staff: Staff, town: str) -> None:
    row = next(row for row in found(town, MovementQuery(statuses=frozenset({Status.BOOKED}))) if row.payer)
    (value,) = book(town).stores.vault.reveal([row.payer])
    assert value
    address = f"/i/{town}/decisions/{row.sequence}/"
    assert f"client:{value}" in text_of(entered(staff("risk-officer")).get(address).text)
    masked = text_of(entered(staff("auditor")).get(address).text)
    assert f"client:{value[0]}***" in masked
    assert not re.search(rf"client:{value}(?![0-9*])", masked)


def test_the_proof_is_a_file_that_anybody_can_check(staff: Staff, town: str) -> None:
    client = entered(staff("auditor"))
    row = found(town, MovementQuery())[7]
    answer = client.get(f"/i/{town}/decisions/{row.sequence}/proof.json")
    assert answer["Content-Disposition"] == f'attachment; filename="{town}-{row.sequence}.proof.json"'
    proof = answer.json()
    leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(proof["root"])
    path = [bytes.fromhex(node) for node in proof["path"]]
    assert leaf == leaf_hash(book(town).stores.journal.read_leaf(row.sequence))
    assert verify_inclusion(leaf, proof["sequence"], proof["size"], path, root)
    assert not verify_inclusion(leaf, proof["sequence"] + 1, proof["size"], path, root)


def test_a_hold_tells_what_became_of_it(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    paid = found(town, MovementQuery(phases=frozenset({Phase.POST}), statuses=frozenset({Status.BOOKED})))[0]
    page = client.get(f"/i/{town}/decisions/{paid.sequence}/").text
    back = re.search(rf'from money that was set aside by.*?href="/i/{town}/decisions/(\d+)/"', page, re.S)
    assert back, "the movement that placed the hold is linked"
    placed = client.get(f"/i/{town}/decisions/{back[1]}/").text
    assert "Paid out of the hold" in placed
    assert f"/i/{town}/decisions/{paid.sequence}/" in placed


def test_what_is_no_movement_is_not_there(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    size = book(town).stores.journal.head().size
    for sequence in (0, 1, size, 10**9, 2**70):  # events, the end, and beyond any integer of the database
        assert client.get(f"/i/{town}/decisions/{sequence}/").status_code == 404, sequence
        assert client.get(f"/i/{town}/decisions/{sequence}/proof.json").status_code == 404, sequence


def test_a_decision_of_another_institution_is_not_there(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    for ending in ("", "proof.json"):
        assert client.get(f"/i/{OTHER}/decisions/20/{ending}").status_code == 404
    assert entered(staff("administrator")).get(f"/i/{town}/decisions/20/").status_code == 403


def test_every_decision_of_the_town_can_be_read_in_both_languages(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    rows = found(town, MovementQuery())
    kinds = {
        (row.kind, row.phase, row.status, row.outcome, row.refusal, row.settled): row.sequence for row in rows
    }
    assert len(kinds) > 30
    for number, sequence in enumerate(kinds.values()):
        client.cookies["bulkhead_language"] = ("en", "zh-hans")[number % 2]
        assert client.get(f"/i/{town}/decisions/{sequence}/").status_code == 200, sequence


def test_no_template_of_the_panels_writes_style_or_script_inline() -> None:
    folder = Path(__file__).parents[2] / "src/bulkhead/web/templates/web"
    for path in (*folder.glob("components/*.html"), *folder.glob("decision/*.html"), *folder.glob("icons/*.svg")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text), path.name
