"""Who may do what in an institution, changed and listed. What a role allows is the console's to know."""

from __future__ import annotations

from heapq import nsmallest

from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import CHANGE_ACCESS
from bulkhead.engine.staff import SUSPENDED, check_access_form, standing_text, stands_already
from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import AccessChanged
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.commands import LISTED_MAX, Access, AccountAccess, ChangeAccess, Done, Proposed
from bulkhead.runtime.service.people import actor, named, note, shown
from bulkhead.runtime.service.proposing import Apply, Subject, propose


def change_access(
    machine: Machine, vault: Vault, apply: Apply, command: ChangeAccess, now_us: int
) -> Done | Proposed:
    """Change what an account may do, or propose it. A change that stands already is only said to stand."""
    (account,) = named(vault, command.account)
    check_access_form(account, command.change, command.role)
    reason = note(vault, command.reason, what="a change of access")
    person = _owner(machine, vault, command, account)
    maker, maker_account = actor(machine, vault, command.by)
    if maker == person or maker_account == account:
        raise BadInput(Refusal.OWN_ACCESS.value)
    there, rule_set = machine.staff.get(account), len(machine.rule_set_events)
    of_person = there is not None and there.person == person
    if of_person and stands_already(machine.staff, account, command.change, command.role):
        return Done(None, rule_set)
    if machine.four_eyes and command.change != SUSPENDED:
        subject: Subject = {
            "person": person,
            "account": account,
            "change": command.change,
            "role": command.role,
            "reason": reason,
            "standing": standing_text(machine.staff, account),
        }
        return propose(machine, vault, apply, CHANGE_ACCESS, subject, command, now_us)
    return Done(apply(AccessChanged(person, account, command.change, command.role, maker, "", reason)), rule_set)


def list_access(machine: Machine, vault: Vault, after: str, limit: int) -> Access:
    """The accounts behind ``after``, in an order of the journal's own, names revealed."""
    if not 0 < limit <= LISTED_MAX:
        raise BadInput(f"a list has 1 to {LISTED_MAX} entries, not {limit}")
    found = nsmallest(limit + 1, (account for account in machine.staff if account > after))
    page = found[:limit]
    names = shown(vault, [*page, *(machine.staff[account].person for account in page)])
    entries = tuple(
        AccountAccess(
            account=names[account],
            person=names[machine.staff[account].person],
            roles=tuple(sorted(machine.staff[account].roles)),
            suspended=machine.staff[account].suspended,
        )
        for account in page
    )
    return Access(entries, page[-1] if len(found) > limit else "")


def _owner(machine: Machine, vault: Vault, command: ChangeAccess, account: str) -> str:
    """Whose account it is: as the command says, or as the journal knows."""
    if command.person:
        (person,) = named(vault, command.person)
        return person
    if account not in machine.staff:
        raise BadInput(f"nobody has the account {command.account[:40]!r} here; say whose it is to be")
    return machine.staff[account].person
