"""The address book of a buying company. Orders keep a snapshot, so changing an address never alters a past order."""
