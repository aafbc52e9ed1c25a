"""Every address of the console. Nothing gets one but by a ``Page`` or an ``Operation``, which say who may use it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from bulkhead.web.api.building import api_urls
from bulkhead.web.page import guarded
from bulkhead.web.sections import sections

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(page.full_path, guarded(page), name=page.code) for section in sections() for page in section.pages),
    *api_urls(),
]
handler404 = "bulkhead.web.failures.not_found"
handler500 = "bulkhead.web.failures.failed"
handler403 = "bulkhead.web.failures.refused"
handler400 = "bulkhead.web.failures.not_understood"
handler429 = "bulkhead.web.failures.too_many"  # the log-in library asks for it here
