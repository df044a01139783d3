"""The engine: events, lanes, workflows, execution, timers, traces."""
