"""The arithmetic of money: amounts in a currency's smallest unit, tax, and totals (spec 33 §5). Pure functions."""
