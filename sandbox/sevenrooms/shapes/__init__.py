"""The bodies, written out: every property that the vendor's document names is there.

Any of them may be null (CONFIRMED-V), so what the stand-in does not know is null.
"""
