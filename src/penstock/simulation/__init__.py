"""What if: orders placed again, or drawn, in forks of an account's state, unchanged and changed, and compared.

``fork/`` copies an account into a server of its own; ``house.py`` runs one such copy in this process; ``scenario/``
says what is changed and changes it; ``orders/`` says what is bought; ``outcome/`` reads, counts and compares what came
of it; ``picture/`` draws it; ``service.py`` does all of that in order.
"""
