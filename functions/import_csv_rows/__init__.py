"""Before the handler's imports: the collector would look at every class they make, and find no garbage."""

from keepwell_aws.collector import spare_the_collector

spare_the_collector()
