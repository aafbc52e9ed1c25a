"""The console: what people see of the house, and the only way they act on it from a browser.

Django's settings are named here, so that every module below can be imported; ``starting.start`` connects them.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bulkhead.web.settings")
