"""`make bench`: how fast the hot paths are, against what one would pick instead. Not tests."""
