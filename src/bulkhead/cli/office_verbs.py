"""What every verb that gives a command in somebody's name has: its options, asking the engine, showing the reply."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from bulkhead.cli.office_words import As, person_of, show_reply
from bulkhead.cli.output import AsJson, InLanguage, OfInstitution, language_of
from bulkhead.runtime.service.asking import ask
from bulkhead.runtime.service.commands import Office, Person
from bulkhead.runtime.settings import load_settings

HOURS = 7 * 24
_Hours = Annotated[int, typer.Option(min=1, max=24 * 365, help="How long a second person may decide.")]
_SHARED: dict[str, tuple[object, object]] = {  # option -> its type and default
    "institution": (OfInstitution, ""),
    "as_": (As, ""),
    "hours": (_Hours, HOURS),
    "json": (AsJson, False),
    "lang": (InLanguage, ""),
}


@dataclass(frozen=True, slots=True)
class By:
    """In whose name, and for how long a second person may decide where one is needed."""

    person: Person
    lasts_s: int


def office_verb(
    verb: str, *, lapses: bool = True, about: str = ""
) -> Callable[[Callable[..., Office]], Callable[..., int]]:
    """Make a verb of a function from its own options and ``by`` to the command.

    ``lapses``: it may need a second person, so that it takes ``--hours``. ``about``: see ``show_reply``.
    """

    def made(command_of: Callable[..., Office]) -> Callable[..., int]:
        def given(**values: Any) -> int:
            shared = {name: values.pop(name, default) for name, (_, default) in _SHARED.items()}
            language = language_of(shared["lang"])
            by = By(person_of(shared["as_"]), shared["hours"] * 3_600)
            reply = ask(load_settings(), shared["institution"], command_of(**values, by=by), verb=verb)
            return show_reply(reply, language, as_json=shared["json"], about=about)

        given.__name__, given.__doc__ = command_of.__name__, command_of.__doc__
        given.__signature__ = _signature(command_of, lapses)  # type: ignore[attr-defined]  # typer reads it
        return given

    return made


def _signature(command_of: Callable[..., Office], lapses: bool) -> inspect.Signature:
    """The function's own options, then those that all verbs share."""
    own = inspect.signature(command_of, eval_str=True).parameters.values()
    options = [option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in own if option.name != "by"]
    options += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _SHARED.items()
        if lapses or name != "hours"
    ]
    return inspect.Signature(options)
