"""The mutations that the contract words differently, each subject in its own file."""
