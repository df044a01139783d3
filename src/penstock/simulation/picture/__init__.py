"""The picture of a simulation: an SVG that needs nothing else."""

from penstock.simulation.picture.page import drawn

__all__ = ["drawn"]
