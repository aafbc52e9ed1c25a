"""Accounts and their balances, at any position of the journal."""
