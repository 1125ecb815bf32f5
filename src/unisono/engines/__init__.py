"""Files and engines that read or write many rows: no framework, no database of the product."""
