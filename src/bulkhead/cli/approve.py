"""``bulkhead approve``: what waits for a second person; with a number, decide it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from bulkhead.cli.office_words import SEEN_CHARS, As, access_sentence, moment, person_of, plain, show_reply, speak
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, console, language_of, print_json
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Language
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import DecideProposal, ListProposals, OpenProposal, OpenProposals, Verdict
from bulkhead.runtime.settings import Settings, load_settings


def register(app: typer.Typer) -> None:
    app.command("approve")(approve)


def approve(
    number: Annotated[int, typer.Argument(min=0, help="The proposal; without it, all that wait.")] = 0,
    seen: Annotated[str, typer.Option(help=f"The first {SEEN_CHARS} or more digits of the digest you read.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Turn it down.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back your own.")] = False,
    institution: OfInstitution = "",
    as_: As = "",
    json: AsJson = False,
    lang: InLanguage = "",
) -> int:
    """List proposals, read one, or decide it: another person's approval carries it out at once."""
    settings, language = load_settings(), language_of(lang)
    proposals = _open(settings, institution)
    if not (number and (seen or reject or withdraw)):
        return _show(_chosen(proposals, number), language, whole=bool(number), as_json=json)
    if reject and withdraw:
        raise BadInput("Either --reject or --withdraw.")
    verdict: Verdict = "reject" if reject else "withdraw" if withdraw else "approve"
    command = DecideProposal(number, verdict, _digest(proposals, number, seen, verdict), person_of(as_))
    return show_reply(ask(settings, institution, command, verb="approve"), language, as_json=json)


def _open(settings: Settings, institution: str) -> tuple[OpenProposal, ...]:
    reply = ask(settings, institution, ListProposals(), verb="approve")
    assert isinstance(reply, OpenProposals), reply
    return reply.proposals


def _chosen(proposals: tuple[OpenProposal, ...], number: int) -> tuple[OpenProposal, ...]:
    chosen = tuple(one for one in proposals if number in (0, one.number))
    if number and not chosen:
        raise BadInput(f"Proposal {number} does not wait for anybody.")
    return chosen


def _digest(proposals: tuple[OpenProposal, ...], number: int, seen: str, verdict: Verdict) -> str:
    """The whole digest of the proposal whose beginning the person typed; what differs the engine refuses."""
    if verdict == "approve" and len(seen) < SEEN_CHARS:
        raise BadInput(
            f"--seen takes at least {SEEN_CHARS} digits of the digest; `bulkhead approve {number}` shows it."
        )
    there = next((one.snapshot for one in proposals if one.number == number), "")
    return there if seen and there.startswith(seen.lower()) else seen


def _show(proposals: tuple[OpenProposal, ...], language: Language, *, whole: bool, as_json: bool) -> int:
    if as_json:
        print_json({"proposals": plain(proposals)})
        return 0
    if not proposals:
        console.print(speak("no_proposals", language))
    for one in proposals:
        console.print(
            Text(f"{one.number}  {speak(one.action, language)}  {_subject(one, language)}", style="bold")
        )
        until = f"{speak('lapses', language)} {moment(one.expires_us)}"
        console.print(Text(f"   {speak('maker', language)} {one.maker} · {until} · {one.lapsed or one.snapshot}"))
        if whole and "text" in one.subject:
            console.print(Text(f"\n{one.subject['text']}"))
        if not one.lapsed:
            seen = one.snapshot[:SEEN_CHARS]
            console.print(Text(f"   {speak('how', language, number=one.number, seen=seen)}", style="dim"))
    return 0


def _subject(one: OpenProposal, language: Language) -> str:
    """In a line: which rule set, who may do what from then on, or which hold goes where; and why."""
    if "text" in one.subject:
        return f"#{one.subject['number']}"
    if one.action == "change-access":
        return access_sentence(one.subject, language)
    where = speak("release" if one.subject["release"] else "return", language)
    return f"{one.subject['hold']}: {where} ({one.subject['reason']})"
