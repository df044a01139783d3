"""Create and update as they follow from the declarations: values, links, rows, one select, one write."""
