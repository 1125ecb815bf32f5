"""Pages of an import: file, columns, check, done."""
