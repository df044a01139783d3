"""The two APIs: GraphQL for the domain, REST for the platform."""
