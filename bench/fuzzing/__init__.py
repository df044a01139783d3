"""Parts of ``bench/fuzz.py``."""
