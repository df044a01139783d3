"""Statements: what a document asks for becomes one SQL statement (docs/adr, "A read is one statement")."""
