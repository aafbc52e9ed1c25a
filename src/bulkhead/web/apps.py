"""The console as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The one app of this project; its tables are called ``web_…`` and lie in the schema ``console``."""

    name = "bulkhead.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bulkhead.web.people import watching

        watching.connect()
