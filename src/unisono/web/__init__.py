"""Server-rendered pages: they parse what people type, call actions and queries, and show the outcome."""
