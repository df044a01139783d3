"""GraphQL: schema from the model, documents compiled to SQL, mutations."""
