"""Units, posts, persons and the working calendar."""
