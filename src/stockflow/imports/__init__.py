"""Imports: files of other systems, checked as a whole before anything is written."""
