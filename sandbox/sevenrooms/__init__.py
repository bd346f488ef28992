"""A stand-in for the SevenRooms Concierge API 2.4, written from the vendor's own document.

CONFIRMED marks what that document or a public client states, PROPOSED what we had to choose.
"""
