"""The noise budget: as few interruptions as the work allows, and nothing lost (definitions.md D6)."""
