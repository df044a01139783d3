"""Records of batches through the mutations: what a batch creates or changes, GraphQL would in the same way.

So checks, permissions and CREATE events are the same (spec 11 §4.5, §4.6).
"""
