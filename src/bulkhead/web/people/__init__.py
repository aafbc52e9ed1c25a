"""People of the house: who they are, how they enter, and what they may do where."""
