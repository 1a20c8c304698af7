"""The expression language: text → ast → checked terms → generated Python."""
