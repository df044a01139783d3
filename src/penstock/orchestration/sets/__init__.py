"""Sets: many events alike, executed as one context, ruleset by ruleset, by columns (ADR 22)."""
