"""Letters of a fault run as the commands of the house, and its replies as letters."""

from __future__ import annotations

from collections.abc import Sequence

from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.service.commands import (
    DecideProposal,
    Decision,
    DemandFourEyes,
    DeskWork,
    Done,
    Movement,
    OfficeReply,
    OpenAccounts,
    Person,
    Proposed,
    ProposeRules,
    PublishRules,
    ReviewHold,
)
from bulkhead.simulation.faults.letters import Answer, MovementsAsked, OfficeAsked, OfficeTold
from bulkhead.simulation.world_files import movement_record


def movements_of(asked: MovementsAsked, institution: InstitutionOpened) -> list[Movement]:
    """The movements of a letter as a caller hands them in."""
    return [Movement(**movement_record(movement, institution)) for movement in asked.movements]


def command_of(asked: OfficeAsked) -> DeskWork:
    """The command of a letter."""
    by = Person(asked.person, asked.person)
    match asked.errand:
        case "open-accounts":
            return OpenAccounts(asked.words)
        case "publish-rules":
            return PublishRules(asked.words[0], by)
        case "propose-rules":
            return ProposeRules(asked.words[0], by)
        case "review-hold":
            return ReviewHold(asked.words[0], asked.release, "looked into it", by)
        case "decide-proposal":
            verdict, snapshot = asked.words
            return DecideProposal(asked.proposal, "approve" if verdict == "approve" else "reject", snapshot, by)
        case "demand-four-eyes":
            return DemandFourEyes(by)


def answers_of(decisions: Sequence[Decision]) -> tuple[Answer, ...]:
    """What a caller keeps of the engine's decisions. A repeat is the same answer."""
    return tuple(
        Answer(d.sequence, d.outcome, d.status, d.refusal, d.rules, d.problem.field if d.problem else "")
        for d in decisions
    )


def told_of(asked: OfficeAsked, reply: OfficeReply) -> OfficeTold:
    """What the office hears."""
    if isinstance(reply, Proposed):
        return OfficeTold(asked, proposal=reply.number, snapshot=reply.snapshot)
    assert isinstance(reply, Done), "the office asks for nothing else"
    return OfficeTold(asked, sequence=reply.sequence)
