"""The arithmetic of stock: the ledger, what can be sold, promises."""
