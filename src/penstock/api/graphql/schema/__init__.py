"""The GraphQL schema, derived from the model."""

from penstock.api.graphql.schema.build import schema

__all__ = ["schema"]
