"""What a mail says and whom it goes to: templates, how they are filled, addresses; and the server that takes it."""
