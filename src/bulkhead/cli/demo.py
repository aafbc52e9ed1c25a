"""``bulkhead demo``: a small seeded world in the terminal, decided live, with three crimes hidden in it."""


def register(app):
    pass
