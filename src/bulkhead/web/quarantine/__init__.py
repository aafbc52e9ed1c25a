"""Rows that could not be taken, as the people see them who mend them."""
