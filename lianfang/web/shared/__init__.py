"""What every part of the office uses: roles, moves, the log and its seal, the outbox, pages and components."""
