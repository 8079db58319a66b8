"""What makes one machine a whole Baton: the built front end, a private Valkey, one supervisor over every process.

Knows processes, ports and files; knows no proposal and no price.
"""
