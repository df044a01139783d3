"""Rules of the proofs, in a file that Python loads at a worker's start."""
