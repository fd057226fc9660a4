"""The CDK reading of the system page."""
