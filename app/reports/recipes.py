"""Which series feed which signal, and which no recipe recognised: the most voluminous first, with a recipe to paste."""
