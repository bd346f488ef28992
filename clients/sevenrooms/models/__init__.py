"""SevenRooms' objects in its own words, as far as we use them.

The vendor warns that any field may be null. A row without what it cannot do without (its id, a
slot's venue) is dropped; everything else may be None. Unknown words are kept as they came.
"""
