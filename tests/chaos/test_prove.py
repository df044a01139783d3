"""The proofs in a size for every day; ``make prove`` and its kin run the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_proof_holds_and_fails_without_the_guard() -> None:
    command = [sys.executable, "-m", "bench.prove", "--runs", "2", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Proved: 2 runs" in done.stdout
    assert "Without the guard" in done.stdout


def test_effects_come_in_the_order_of_their_events_and_not_without_it() -> None:
    command = [sys.executable, "-m", "bench.prove_order", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Proved: 1000 events in order" in done.stdout


def test_kills_of_everything_lose_and_repeat_nothing() -> None:
    command = [sys.executable, "-m", "bench.prove_kills", "--small"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Proved: all of it done, once, and nothing stuck." in done.stdout
