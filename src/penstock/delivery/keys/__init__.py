"""The keys that webhooks are signed with: made once, sealed at rest, published, rotated."""
