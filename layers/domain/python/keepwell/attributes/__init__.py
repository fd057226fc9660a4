"""What can be known of an account: the catalogue of attributes, and how a cell of text becomes a value."""

from keepwell.attributes.catalogue import Attribute, Catalogue, Kind, Value
from keepwell.attributes.cells import read_cell, show_cell
from keepwell.attributes.standard import SEGMENTS, STANDARD_ATTRIBUTES, TAGS, standard_catalogue

__all__ = [
    "SEGMENTS",
    "STANDARD_ATTRIBUTES",
    "TAGS",
    "Attribute",
    "Catalogue",
    "Kind",
    "Value",
    "read_cell",
    "show_cell",
    "standard_catalogue",
]
