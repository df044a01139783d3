"""Data files of the demo; see ATTRIBUTION.md."""
