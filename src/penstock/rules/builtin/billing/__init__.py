"""Rules of billing accounts: credit memos, invoices, refunds and payments (spec 33 §7 to §10, 35 §6)."""
