"""What people and programs ask of an engine, and what it answers: the messages of the command port.

They are plain records that pack themselves with msgspec. A field nobody knows is refused, because a misspelt
``instructed_by`` must not become a movement that nobody instructed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Cell = str | int | bool | None  # as a column of the source reads it; fractions come as text, never as floats
Verdict = Literal["approve", "reject", "withdraw"]
Change = Literal["granted", "revoked", "suspended", "restored", "credentials-reset"]
TEXT_CHARS_MAX = 4_096
LISTED_MAX = 500  # holds or accounts in one answer
WEEK_S = 7 * 86_400


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything that goes over the port."""


class Movement(_Message, frozen=True, kw_only=True):
    """One movement in the columns of the source ``movements``: requested, or settled when it says so."""

    id: Cell = None
    time: Cell = None
    amount: Cell = None
    currency: Cell = None
    kind: Cell = None
    payer: Cell = None
    payee: Cell = None
    device: Cell = None
    instructed_by: Cell = None
    settled: Cell = None
    phase: Cell = None
    hold: Cell = None
    expires: Cell = None
    stated_balance: Cell = None


class Person(_Message, frozen=True):
    """Who asks: a human being, and the log-in they used."""

    person: str
    account: str


class SendMovements(_Message, frozen=True, tag="movements"):
    """Decide, book and seal these. Sent again they get their first answers."""

    movements: tuple[Movement, ...]


class OpenAccounts(_Message, frozen=True, tag="open-accounts"):
    """Open client accounts by the clients' own names; those that are open stay as they are."""

    clients: tuple[str, ...]


class PublishRules(_Message, frozen=True, tag="publish-rules"):
    """Put a rule set in force. Refused where four eyes are demanded."""

    text: str
    by: Person


class ProposeRules(_Message, frozen=True, tag="propose-rules"):
    """Ask a second person to agree to a rule set."""

    text: str
    by: Person
    lasts_s: int = WEEK_S


class ReviewHold(_Message, frozen=True, tag="review-hold"):
    """End a hold that waits for people; where four eyes are demanded this is a proposal."""

    hold: str
    release: bool
    reason: str
    by: Person
    lasts_s: int = WEEK_S


class DecideProposal(_Message, frozen=True, tag="decide-proposal"):
    """Approve, reject or withdraw a proposal. ``snapshot`` is the hexadecimal digest of what was looked at."""

    number: int
    verdict: Verdict
    snapshot: str
    by: Person


class DemandFourEyes(_Message, frozen=True, tag="demand-four-eyes"):
    """From now on two people for rules, holds and access. There is no way back."""

    by: Person


class ChangeAccess(_Message, frozen=True, tag="change-access"):
    """Grant or revoke a ``role``, or suspend, restore or reset an account whole (``role`` "").

    Where four eyes are demanded this is a proposal, except that suspending takes effect at once. ``person`` may
    be "" for an account that has one.
    """

    person: str
    account: str
    change: Change
    role: str
    reason: str
    by: Person
    lasts_s: int = WEEK_S


class ListAccess(_Message, frozen=True, tag="list-access"):
    """Who may do what: up to ``limit`` accounts, going on from the ``next`` of the answer before."""

    after: str = ""
    limit: int = LISTED_MAX


class ReplayRow(_Message, frozen=True, tag="replay-row"):
    """Replay one corrected row of the quarantine."""

    number: int
    by: Person


class ReplayRows(_Message, frozen=True, tag="replay-rows"):
    """Replay corrected rows, oldest first; as many as the engine takes at once."""

    by: Person


class ListHolds(_Message, frozen=True, tag="list-holds"):
    """The holds that wait for people: up to ``limit`` with ids behind ``after``."""

    after: str = ""
    limit: int = LISTED_MAX


class ListProposals(_Message, frozen=True, tag="list-proposals"):
    """The proposals that wait for a second person."""


class AskStatus(_Message, frozen=True, tag="status"):
    """Where the engine stands."""


Replaying = ReplayRow | ReplayRows
DeskWork = (
    OpenAccounts
    | PublishRules
    | ProposeRules
    | ReviewHold
    | DecideProposal
    | DemandFourEyes
    | ChangeAccess
    | ListAccess
    | ListHolds
    | ListProposals
    | AskStatus
)
Office = DeskWork | Replaying
READING = (ListAccess, ListHolds, ListProposals, AskStatus)  # they change nothing
Command = SendMovements | Office


class Problem(_Message, frozen=True):
    """Why a record is no movement: the field and one sentence. Nothing of it was taken."""

    field: str
    reason: str


class Decision(_Message, frozen=True, kw_only=True):
    """What became of one movement. With a ``problem`` it is not in the journal and the rest means nothing."""

    id: str
    sequence: int = -1  # its journal leaf
    outcome: str = ""  # allow, hold, decline
    status: str = ""  # booked, held, refused, voided
    refusal: str = ""  # why it was refused; "" when it was not
    findings: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()  # codes of the rules that hit
    repeat: bool = False  # decided before; this is the first answer
    problem: Problem | None = None


class Decisions(_Message, frozen=True, tag="decisions"):
    """One decision for each movement sent, in their order; all of them durable."""

    decisions: tuple[Decision, ...]


class Done(_Message, frozen=True, tag="done"):
    """What was asked is in the journal. ``sequence`` is None when it stood there already."""

    sequence: int | None
    rule_set: int = 0  # the number of the rule set now in force


class Proposed(_Message, frozen=True, tag="proposed"):
    """A second person has to agree first."""

    number: int
    snapshot: str
    expires_us: int


class HoldInReview(_Message, frozen=True, kw_only=True):
    """Money the decision has set aside until people say what happens to it."""

    hold: str  # the id of the movement that was held
    payer: str
    payee: str
    amount_minor: int
    currency: str
    expires_us: int | None
    proposals: tuple[int, ...]  # open proposals about it


class Holds(_Message, frozen=True, tag="holds"):
    """Answers ``ListHolds``, in order of the ids."""

    holds: tuple[HoldInReview, ...]
    more: bool = False  # there are some behind the last


class AccountAccess(_Message, frozen=True, kw_only=True):
    """What one account may do in the institution."""

    account: str
    person: str
    roles: tuple[str, ...]
    suspended: bool


class Access(_Message, frozen=True, tag="access"):
    """Answers ``ListAccess``. ``next``: where the rest begins; "" when there is none."""

    entries: tuple[AccountAccess, ...]
    next: str = ""


class ReplayedRow(_Message, frozen=True, kw_only=True):
    """What became of one row. Without a ``sequence`` it failed, and ``reason`` says why."""

    number: int
    sequence: int | None
    reason: str = ""
    booked_before: bool = False  # the journal had it already
    movement: str = ""
    outcome: str = ""
    status: str = ""
    refusal: str = ""


class Replayed(_Message, frozen=True, tag="replayed"):
    """Answers ``ReplayRow`` and ``ReplayRows``, in order of the rows."""

    institution: str
    rows: tuple[ReplayedRow, ...]
    more: bool = False  # corrected rows are left; ask again


class OpenProposal(_Message, frozen=True, kw_only=True):
    """A proposal as a second person has to read it before deciding."""

    number: int
    action: str
    subject: dict[str, str | int | bool]
    maker: str
    proposed_us: int
    expires_us: int
    snapshot: str
    lapsed: str  # why it cannot be approved any more; "" while it can
    subject_person: str = ""  # whose access it is about: they may not decide it


class OpenProposals(_Message, frozen=True, tag="proposals"):
    """Answers ``ListProposals``, oldest first."""

    proposals: tuple[OpenProposal, ...]


class Status(_Message, frozen=True, tag="standing"):
    """Answers ``AskStatus``."""

    institution: str
    sequence: int  # the journal's size, with what is just being committed
    effective_us: int
    rule_set: int
    four_eyes: bool


class Refused(_Message, frozen=True, tag="refused"):
    """The command was not carried out, and why."""

    reason: str


OfficeReply = Done | Proposed | Holds | OpenProposals | Access | Replayed | Status
Reply = Decisions | OfficeReply | Refused
