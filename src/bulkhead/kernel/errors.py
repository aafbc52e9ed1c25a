"""The one exception a person is meant to read."""


class BadInput(Exception):
    """Input that cannot be used, said in one clear sentence.

    Raised for what comes from outside (a file, a command, a key, a setting). The command line prints the
    sentence and exits 2; nothing else in the house may reach a person as a traceback.
    """
