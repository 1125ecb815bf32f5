"""A corpus of files made to break readers, written by a seeded script; no such file is kept in the repository."""
