"""``yihu models``: speech and voice files, and the classifier trained from the corpus."""
