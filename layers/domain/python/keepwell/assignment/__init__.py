"""Assignment: whose task it is, and who is told (product PLY-10, TSK-04 to TSK-10)."""
