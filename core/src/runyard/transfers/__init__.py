"""Moves artifacts: from this machine to stores, back, and between stores, side by side, checked and gone on with.

`uploads` and `downloads` move one file each, `folders` and `syncing` many of them.
"""
