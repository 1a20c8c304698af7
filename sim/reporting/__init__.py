"""Tables, charts and reports: the last stop of the data."""
