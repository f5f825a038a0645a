"""The drawings of the pages: line icons on a grid of 24, and the filled shapes of the three warnings."""

from __future__ import annotations

ICONS: dict[str, str] = {
    "arrow-left": "M19 12H5m6-6-6 6 6 6",
    "bars": "M4 20V10m5.3 10V4m5.4 16v-8M20 20V7",
    "bell": "M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7Zm4 10a2.2 2.2 0 0 0 4 0",
    "book": "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7m-7 3.5h4",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8.5 3.5v4m7-4v4",
    "cap": "m2 9.5 10-5 10 5-10 5zM6 11.8V16c0 1.2 2.7 2.5 6 2.5s6-1.3 6-2.5v-4.2",
    "check": "m4.5 12.5 5 5 10-11",
    "chevron-down": "m6 9 6 6 6-6",
    "chevron-left": "m15 6-6 6 6 6",
    "chevron-right": "m9 6 6 6-6 6",
    "circle": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z",
    "clock": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4.5l3 2",
    "copy": "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
    "cross": "m6 6 12 12M18 6 6 18",
    "database": "M5 6c0-1.4 3.1-2.5 7-2.5S19 4.6 19 6s-3.1 2.5-7 2.5S5 7.4 5 6Zm0 0v12c0 1.4 3.1 2.5 7 2.5"
    "s7-1.1 7-2.5V6M5 12c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5",
    "desk": "M3.5 5h17v11h-17zM12 16v4m-4 0h8",
    "download": "M12 4v11m-4.5-4.5L12 15l4.5-4.5M4.5 19.5h15",
    "eye": "M2.5 12C5 7.7 8.2 5.5 12 5.5s7 2.2 9.5 6.5c-2.5 4.3-5.7 6.5-9.5 6.5S5 16.3 2.5 12Z"
    "M12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4Z",
    "file": "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
    "flow": "M3.5 9h6v6h-6zm11-5.5h6v6h-6zm0 11h6v6h-6zM9.5 12H12m0 0V6.5h2.5M12 12v5.5h2.5",
    "globe": "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm-8.5 8.5h17M12 3.5c2.3 2.3 3.4 5.1 3.4 8.5"
    "s-1.1 6.2-3.4 8.5c-2.3-2.3-3.4-5.1-3.4-8.5S9.7 5.8 12 3.5Z",
    "inbox": "M3.5 13 6 5h12l2.5 8v6h-17zm0 0H8.5c0 2 1.5 3.2 3.5 3.2s3.5-1.2 3.5-3.2h5",
    "info": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 7v5m0-8.2v.2",
    "key": "M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm3-1 8.5-7M16.5 6l2.5 3",
    "line": "M4 4v16h16M7.5 15l4-4.5 3 2.5L20 7",
    "link": "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
    "lock": "M5.5 10.5h13v9.5h-13zM8 10.5V8a4 4 0 0 1 8 0v2.5",
    "menu": "M4 6.5h16M4 12h16M4 17.5h16",
    "plus": "M12 5v14m-7-7h14",
    "print": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L20 20",
    "settings": "M4 7h9m4 0h3M4 17h3m4 0h9M15 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Zm-6 10a2.5 2.5 0 1 0 0 5 "
    "2.5 2.5 0 0 0 0-5Z",
    "shield": "M12 3.5 19.5 6v6c0 4.3-3 7.2-7.5 8.5C7.5 19.2 4.5 16.3 4.5 12V6z",
    "undo": "M8 5 4 9l4 4M4 9h9.5a5.5 5.5 0 0 1 0 11H9",
    "upload": "M12 15.5v-11M7.5 9 12 4.5 16.5 9M4.5 19.5h15",
    "user": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20c.8-3.6 3.7-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
}
# Filled, on a grid of 16, the mark cut out: they are told apart in black print as well as in colour.
_BANG = "M7.2 {top}h1.6v{long}H7.2ZM7.2 {dot}h1.6v1.6H7.2Z"
SHAPES: dict[str, str] = {
    "yellow": "M8 1.2 15.4 14.6H.6Z" + _BANG.format(top="5.9", long="4.2", dot="11.3"),
    "orange": "M8 .6 15.4 8 8 15.4 .6 8Z" + _BANG.format(top="4.3", long="4.6", dot="10.2"),
    "red": "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5Z" + _BANG.format(top="4.1", long="4.8", dot="10.3"),
}
