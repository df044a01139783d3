"""A gift retailer to try Penstock with: real orders, and players who work at them.

Everything here talks to Penstock as any outside program would, over its public HTTP API:

* :mod:`~penstock.demo.plan` - who buys what, what stands where; pure and the same at every run;
* :mod:`~penstock.demo.load` - brings the retailer's places, products and stock in;
* :mod:`~penstock.demo.players` - shop, warehouse, stores, carrier and customer service;
* :mod:`~penstock.demo.play` - runs them all and shows how the orders fare;
* :mod:`~penstock.demo.report` - what happened, and whether the stock ledger adds up.
"""
