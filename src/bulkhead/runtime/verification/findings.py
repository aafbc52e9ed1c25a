"""What verification raises when it has found something."""


class Finding(Exception):
    """The first thing that is wrong, in one sentence that names the record."""
