"""Turns text (articles, corpora) into ordered actor pairs, labelled where somebody labelled them."""
