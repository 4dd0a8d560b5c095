"""How every tenant stands: counted for all of them in one pass, and noted at each look at one."""
