"""Set forms of the rules that loads of stock run through: each does for many what its rule does for one."""
