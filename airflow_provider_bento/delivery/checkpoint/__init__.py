"""How far a run came: the stored state, what moves it, and the fence that keeps older attempts out."""
