"""What is said to people, one file for each language; `services/words.py` reads them."""
