"""A new user's first ten minutes, played in a terminal: `python -m tests.first_ten_minutes`."""
