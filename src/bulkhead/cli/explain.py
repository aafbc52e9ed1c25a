"""``bulkhead explain MOVEMENT``: the decision with its reasons, the postings, and the proof of its leaf."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, plain_table, print_json
from bulkhead.cli.words import say, term
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.money import currency_code, format_minor
from bulkhead.kernel.movements import NO_AMOUNT, Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.database.connect import Database, open_existing_database
from bulkhead.runtime.explaining import Explanation, NoSuchMovement, explain
from bulkhead.runtime.settings import Settings, load_settings
from bulkhead.runtime.wiring import institution_codes, open_stores


def register(app: typer.Typer) -> None:
    app.command("explain")(explain_movement)


def explain_movement(
    movement: Annotated[str, typer.Argument(help="The movement's id, or # and its journal leaf, as in '#42'.")],
    institution: OfInstitution = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """Why a movement was decided as it was, what the book did, and the proof that it is in the journal."""
    settings = load_settings()
    with open_existing_database(settings) as database:
        code, explanation = _find(settings, database, movement, institution)
    if json:
        print_json(_as_json(code, explanation))
    else:
        _show(code, explanation, language_of(lang))
    return 0 if explanation.proof.holds else 1


def _find(settings: Settings, database: Database, movement: str, institution: str) -> tuple[str, Explanation]:
    """The movement in the institution asked for, or in the only one that has it."""
    codes = [institution] if institution else institution_codes(database)
    found = []
    for code in codes:
        with open_stores(settings, database, code) as stores:
            try:
                found.append((code, explain(stores, movement)))
            except NoSuchMovement:
                continue
    if not found:
        where = f"Institution {codes[0]} has" if len(codes) == 1 else f"None of {len(codes)} institutions has"
        raise BadInput(f"{where} no movement {movement[:80]!r}.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} institutions have {movement[:80]!r}; choose one with --institution.")
    return found[0]


def _show(institution: str, explanation: Explanation, language: Language) -> None:
    fixed, strings = explanation.leaf.fixed, explanation.leaf.strings
    currency = currency_code(fixed["currency"])
    amount = f"{format_minor(fixed['amount_minor'], currency)} {currency}"
    console.print(Text(f"{strings['movement_id']} · {institution} #{explanation.sequence:,}", style="bold"))
    facts = plain_table("", "")
    facts.add_row(say("when", language), _time(fixed["event_us"]))
    facts.add_row(say("what", language), f"{_kind(fixed, language)} {amount}")
    for column in ("payer", "payee", "device", "instructed_by", "hold"):
        if strings[column]:
            facts.add_row(say(column, language), strings[column])
    facts.add_row(say("decision", language), term(Outcome(fixed["outcome"]).name, language))
    status = term(Status(fixed["status"]).name, language)
    if fixed["refusal"]:
        status += f" ({term(Refusal(fixed['refusal']).name, language)})"
    facts.add_row(say("book", language), status)
    for finding in Finding(fixed["findings"]):
        facts.add_row(say("finding", language), term(finding.name or "", language))
    console.print(facts)
    if explanation.reason:
        console.print(Text(f"\n{say('why', language)}", style="bold"))
        for line in explanation.reason.lines(language):
            console.print(Text(f"  {line}"))
    _show_evidence(explanation, currency, language)
    _show_postings(explanation, currency, language)
    _show_proof(explanation, language)


def _show_evidence(explanation: Explanation, currency: str, language: Language) -> None:
    if not explanation.evidence:
        return
    console.print(Text(f"\n{say('evidence', language)}", style="bold"))
    table = plain_table("", "", "", "", right=(2,))
    for row in explanation.evidence:
        amount = format_minor(row.amount_minor, currency)
        table.add_row(f"  #{row.sequence:,}", _time(row.effective_us), amount, f"{row.payer} → {row.payee}")
    console.print(table)


def _show_postings(explanation: Explanation, currency: str, language: Language) -> None:
    if not explanation.postings:
        return
    console.print(Text(f"\n{say('postings', language)}", style="bold"))
    table = plain_table("", say("amount", language), say("balance", language), right=(1, 2))
    for leg in explanation.postings:
        balance = format_minor(leg.posted_minor, currency)
        table.add_row(f"  {leg.account}", format_minor(leg.amount_minor, currency), balance)
    console.print(table)


def _show_proof(explanation: Explanation, language: Language) -> None:
    proof = explanation.proof
    mark = "✓" if proof.holds else "✗"
    console.print(Text(f"\n{say('proof', language)}", style="bold"))
    console.print(f"  leaf {explanation.sequence:,}  {proof.leaf_hash.hex()}")
    for node in proof.path:
        console.print(f"     {node.hex()}", style="dim")
    console.print(f"  {mark} {say('leads_to', language)} {proof.head.size:,}")
    console.print(f"     {proof.head.root.hex()}")


def _kind(fixed: dict[str, int], language: Language) -> str:
    kind = term(MovementKind(fixed["kind"]).name, language)
    phase = Phase(fixed["phase"])
    return kind if phase == Phase.SINGLE else f"{kind} ({term(phase.name, language)})"


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _as_json(institution: str, explanation: Explanation) -> dict[str, Any]:
    fixed = dict(explanation.leaf.fixed)
    named = {
        "kind": MovementKind(fixed["kind"]).name.lower(),
        "phase": Phase(fixed["phase"]).name.lower(),
        "settled": bool(fixed["settled"]),
        "outcome": Outcome(fixed["outcome"]).name.lower(),
        "status": Status(fixed["status"]).name.lower(),
        "refusal": Refusal(fixed["refusal"]).name.lower(),
        "findings": [(finding.name or "").lower() for finding in Finding(fixed["findings"])],
        "currency": currency_code(fixed["currency"]),
    }
    numbers = {
        name: None if value == NO_AMOUNT else value
        for name, value in fixed.items()
        if name.endswith(("_us", "_minor")) or name == "rule_set"
    }
    proof = explanation.proof
    return {
        "institution": institution,
        "sequence": explanation.sequence,
        "movement": explanation.leaf.strings | named | numbers,
        "features": explanation.features,
        "reason": explanation.reason.as_dict() if explanation.reason else None,
        "evidence": [asdict(row) for row in explanation.evidence],
        "postings": [asdict(leg) for leg in explanation.postings],
        "proof": {
            "leaf_hash": proof.leaf_hash.hex(),
            "path": [node.hex() for node in proof.path],
            "size": proof.head.size,
            "root": proof.head.root.hex(),
            "holds": proof.holds,
        },
    }
