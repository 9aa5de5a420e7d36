"""Taking over the situations that a territory follows in a spreadsheet (docs/adr/0020)."""
