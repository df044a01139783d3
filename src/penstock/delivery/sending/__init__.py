"""The loop that delivers: who sends what and when, and what follows from how it went."""
