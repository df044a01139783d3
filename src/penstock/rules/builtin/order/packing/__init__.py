"""What a location does with a fulfilment until it is packed (spec 32 §3, §5, §6)."""
