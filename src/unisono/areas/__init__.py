"""The areas of the product: each owns tables and use cases."""
