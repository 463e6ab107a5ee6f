"""The units of a buying company: departments, plants, sites, as a tree."""
