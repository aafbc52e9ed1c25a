"""Form fields in the console's look."""

from __future__ import annotations

from datetime import datetime

from django import forms, template
from django.utils.safestring import SafeString

from bulkhead.web.ages import us_of

register = template.Library()


@register.filter
def control(field: forms.BoundField) -> SafeString:
    """The field's input with the class of its kind; Django itself joins it to its help and its errors."""
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.CheckboxInput, "form-check-input"),
        (forms.Select, "form-select"),
    )
    kind = next((name for widget, name in kinds if isinstance(field.field.widget, widget)), "form-control")
    return field.as_widget(attrs={"class": kind})


@register.filter
def is_tick(field: forms.BoundField) -> bool:
    """Whether the label stands behind the input."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def microseconds(at: datetime | str | None) -> int | None:
    """A moment of Django's tables as ``moment`` takes it; None for none, which a template may call ""."""
    return us_of(at) if isinstance(at, datetime) else None
