"""The work of people: what waits for a second person, money that waits for people, and the rules they write."""
