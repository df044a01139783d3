"""The cheapest few of many offers that together cover a need: an exact search, in integers, that knows no location."""
