"""The embedded PostgreSQL: made, started, shared and stopped; or any server by its URL.

Nothing may be imported here: the supervisor runs on the standard library alone.
"""
