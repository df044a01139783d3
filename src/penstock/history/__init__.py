"""History: what the traces of events tell, executed again - replay, and a dry run of a changed workflow.

Nothing here writes to the database or sends anything.
"""
