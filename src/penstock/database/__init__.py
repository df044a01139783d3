"""Where the data lives: the embedded server, pools, migrations, and which account is where."""
