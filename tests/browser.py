def launch(p): return None
