"""The demonstration office: built by the product's own actions, each at its own moment."""
