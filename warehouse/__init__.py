"""What the data is: catalogue, contracts, and the only DuckDB code of the project."""
