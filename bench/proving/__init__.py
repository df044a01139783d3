"""A house of real processes that the proof and the chaos tests kill, and what they look at afterwards."""
