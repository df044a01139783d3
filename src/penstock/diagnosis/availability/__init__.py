"""Why a virtual catalogue shows so much of a product: read at one moment, computed anew, compared with what is stored.

Nothing is written. The arithmetic is that of :mod:`penstock.inventory`, by which the stored figures came about.
"""
