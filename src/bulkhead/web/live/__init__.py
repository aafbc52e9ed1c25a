"""Decisions as they are made, sent to everybody who watches, without anything missing."""
