"""The pages, one module each with one `show`."""
