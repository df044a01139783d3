"""Which location fulfils what of an order or choice, and the fulfilments that follow (spec 22, 35 §2, §4)."""
