"""Opens and closes everything; the only place that names concrete adapters."""
