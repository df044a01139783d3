"""Rules of orders, fulfilments, articles and consignments (spec 35 §2 to §5, §11)."""
