"""The arithmetic of sourcing: distances, ratings, what is still to be sent, opening hours. Pure functions."""
