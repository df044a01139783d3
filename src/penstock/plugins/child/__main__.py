"""The process of a plugin: ``python -m penstock.plugins.child PARENT OWNER MEMORY``."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

from penstock.plugins.child.calls import Calls
from penstock.plugins.child.loading import Wheel, load
from penstock.plugins.child.sandbox import confine, load_library
from penstock.plugins.child.wire import Channel
from penstock.rules.listing import rule_list

_LONGEST, _LONGEST_TRACE = 2_000, 16_000  # characters of an error, and of its traceback


def _pipes() -> Channel:
    """Keep the pipes to the engine, and give the plugin nothing to read and nowhere to write."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return Channel(source, sink)


def main(parent: int, owner: int, memory: int) -> None:
    """Become harmless, load the plugin that the engine sends, and do what it says until it goes."""
    channel = _pipes()
    content, modules = channel.receive()
    try:
        wheel = Wheel(content)
        load_library(wheel.imported())
        isolated = confine(memory, owner, parent)
        rules = load(wheel, modules)
        channel.send("ready", isolated, rule_list("", rules.values()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises, its author is told
        trace = "".join(traceback.format_exception(error))
        channel.send("broken", f"{type(error).__name__}: {error}"[:_LONGEST], trace[-_LONGEST_TRACE:])
        return
    calls = Calls(channel, rules)
    with suppress(EOFError, BrokenPipeError):
        while True:
            calls.handle(*channel.receive())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
