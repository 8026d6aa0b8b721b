"""The tables of the first migration, as they were then; later migrations change them."""
