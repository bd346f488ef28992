"""What an operator can ask and do, besides running the application."""
