"""One file a migration, named by its revision: 0001, 0002 and so on."""
