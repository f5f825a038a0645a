"""The portal's part of the office's command."""
