"""How fast it is: a real server, real data, and a client in a process of its own."""
