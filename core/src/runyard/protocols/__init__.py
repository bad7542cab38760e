"""What plugins implement: small protocols, one module per kind of plugin."""
