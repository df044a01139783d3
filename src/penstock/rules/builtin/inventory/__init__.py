"""Rules of stock and of what can be sold (spec 20, 21; namespace ``globalinventory``)."""
