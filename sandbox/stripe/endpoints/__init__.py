"""The API calls, one module for each of Stripe's resources."""
