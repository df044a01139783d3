"""Rules of returns: from a customer's wish to send something back to goods in stock (spec 33 §3 to §6, 34 §13)."""
