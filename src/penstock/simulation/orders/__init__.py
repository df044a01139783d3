"""What is bought in a simulation: the orders of the account once more, or orders drawn from them."""
