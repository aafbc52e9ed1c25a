"""The console's tables are what its models say: a model that changed without its migration fails here."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.usefixtures("console_house")
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", "web", check_changes=True, dry_run=True, verbosity=0)
