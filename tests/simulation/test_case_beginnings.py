"""A study is of worlds in which its incident begins and goes on for a while: fewer days are refused."""

from __future__ import annotations

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation.case_studies.case import Case, cases
from bulkhead.simulation.case_studies.study import WATCHED_DAYS_MIN, Asked, SeedFound, study
from bulkhead.simulation.case_studies.twins import began_day_of, setting_of

CASES = cases()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_too_few_days_for_the_incident_are_refused_before_anything_is_played(case: Case) -> None:
    last = max(began_day_of(setting_of(case, seed=seed, clients=300, days=730)) for seed in range(200))
    fewest = max(60, last + WATCHED_DAYS_MIN)
    with pytest.raises(BadInput, match=f"at least 300 clients and {fewest} days"):
        study(Asked(case.code, (1, 2), 300, fewest - 1), _nothing_is_played)


def _nothing_is_played(*_: object) -> list[SeedFound]:
    raise AssertionError("a world was made")
