"""Every entity, declared once; tables, GraphQL types, inputs and rows follow from here."""
