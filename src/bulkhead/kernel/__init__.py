"""The words every room speaks: money, ids, events, leaves, proofs and the protocols of the outside world."""
