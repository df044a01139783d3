"""Documents: from the text of a request to what it asks for and with which values."""
