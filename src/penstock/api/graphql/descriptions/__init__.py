"""What the schema says of its fields where that follows from where they stand; the rest says ``doc``."""
