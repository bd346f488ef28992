"""A stand-in for Stripe's API, written from Stripe's documents."""
