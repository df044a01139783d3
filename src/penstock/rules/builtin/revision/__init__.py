"""Rules of revised orders: what replaces an order is another order (spec 31 §7, 35 §6)."""
