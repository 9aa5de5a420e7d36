"""Small tools for the people who maintain the diagrams; nothing here is shipped."""
