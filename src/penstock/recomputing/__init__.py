"""Virtual catalogues computed anew, when networks, controls or catalogues change (spec 21 §2.6)."""
