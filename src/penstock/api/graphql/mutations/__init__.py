"""Mutations: importing this package registers all of them, and their types, in the registries that it exports.

``generic`` performs what follows from the declarations; ``irregular`` holds, a subject a file, what the contract
words differently. Every mutation is one select, which finds all that its input names, and one write.
"""

from penstock.api.graphql.mutations.generic.finder import Finder
from penstock.api.graphql.mutations.generic.register import register_declared
from penstock.api.graphql.mutations.irregular import (
    comments,
    customers,
    locations,
    options,
    order_items,
    orders,
    products,
    removals,
    retailers,
    roles,
    settings,
    sourcing_profiles,
    statuses,
    users,
    virtual_views,
)
from penstock.api.graphql.mutations.writer import Writer
from penstock.api.graphql.operations import INPUTS, MUTATIONS, OUTPUTS

__all__ = [
    "INPUTS",
    "MUTATIONS",
    "OUTPUTS",
    "Finder",
    "Writer",
    "comments",
    "customers",
    "locations",
    "options",
    "order_items",
    "orders",
    "products",
    "removals",
    "retailers",
    "roles",
    "settings",
    "sourcing_profiles",
    "statuses",
    "users",
    "virtual_views",
]

register_declared()
