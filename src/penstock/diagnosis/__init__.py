"""What an operator wants to know: is anything stuck, who works, what waits, what failed."""
