"""The last unit in other systems: 200 buyers at once, of Medusa's and of Vendure's."""
