"""Parcels on their way: carriers, bookings, manifests, hand-over (spec 32 §7, §8)."""
