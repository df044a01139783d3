"""Rules of fulfilment options: what could be delivered, from where and until when, before there is an order.

Spec 21 §9, 34 §12; namespace ``globalinventory``, in older documents ``fulfilmentoption``.
"""
