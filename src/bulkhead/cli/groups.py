"""Verbs of several verbs: ``bulkhead sources`` alone means ``bulkhead sources list``."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

_HELP = ("--help",)


class ListingGroup(TyperGroup):
    """A group whose ``list`` need not be said."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in _HELP):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def listing_group(sentence: str) -> typer.Typer:
    """A group that has a ``list``, explained by this sentence."""
    return typer.Typer(cls=ListingGroup, help=sentence, rich_markup_mode=None, add_completion=False)
