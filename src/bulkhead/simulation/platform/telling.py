"""The truth of a world, told from its plots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.numbering import movement_id
from bulkhead.simulation.platform.plot import Part, Plot
from bulkhead.simulation.truth import Incident, Truth


def truth_of(plots: list[Plot], kinds: Mapping[str, IncidentKind]) -> Truth:
    """Incidents by the time of their first trace; a plot without any trace has not happened."""
    told = [_incident(plot, kinds[plot.code]) for plot in plots if plot.first_us is not None]
    return Truth(tuple(sorted(told, key=lambda incident: (incident.first_us, incident.code))))


def _incident(plot: Plot, kind: IncidentKind) -> Incident:
    assert plot.first_us is not None
    assert plot.last_us is not None
    own = sorted(plot.movements[Part.DEED] + plot.movements[Part.HARM])
    return Incident(
        code=plot.code,
        title=kind.title,
        story=kind.story,
        actors=tuple(plot.actors),
        movement_ids=tuple(map(movement_id, own)),
        harm_ids=tuple(map(movement_id, sorted(plot.movements[Part.HARM]))),
        preparation_ids=tuple(map(movement_id, sorted(plot.movements[Part.PREPARATION]))),
        amount_minor=plot.harm_minor,
        first_us=plot.first_us,
        last_us=plot.last_us,
        family=kind.family.value,
        dials=tuple(asdict(plot.dials).items()),
        triggered_by=plot.triggered_by,
        records=tuple(sorted(plot.records.items())),
        loss_minor=plot.loss_minor,
        down_minutes=plot.down_minutes,
    )
