"""A study is of worlds in which its incident begins, and all its long work can be handed to others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation.case_studies.case import Case, cases
from bulkhead.simulation.case_studies.study import WATCHED_DAYS_MIN, Asked, SeedFound, study
from bulkhead.simulation.case_studies.twins import began_day_of, setting_of
from sample_case import sample_case

CASES = cases()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_too_few_days_for_the_incident_are_refused_before_anything_is_played(case: Case) -> None:
    last = max(began_day_of(setting_of(case, seed=seed, clients=300, days=730)) for seed in range(200))
    fewest = max(60, last + WATCHED_DAYS_MIN)
    with pytest.raises(BadInput, match=f"at least 300 clients and {fewest} days"):
        study(Asked(case.code, (1, 2), 300, fewest - 1), _nothing_is_played)


def _nothing_is_played(*_: object) -> NoReturn:
    raise AssertionError("a world was made")


def test_the_seed_that_is_shown_is_played_where_the_others_were() -> None:
    """In the process of the job nobody would hear that it should end."""
    sample = sample_case(2)
    answers: list[list[Any]] = [[SeedFound(run, None, None) for run in sample.runs], [sample.shown]]
    handed_over: list[Sequence[Any]] = []

    def elsewhere(work: object, each: Sequence[Any], /) -> list[Any]:
        handed_over.append(each)
        return answers[len(handed_over) - 1]

    result = study(Asked("legal", (1, 2), 300, 60), elsewhere)
    assert handed_over == [(1, 2), [sample.runs]]
    assert result.shown == sample.shown
