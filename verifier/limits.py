"""How much work a stranger's paper may cause."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Everything the gate refuses to exceed, in bytes, pieces or seconds; one value for all ways in.

    `worker_bytes` and `worker_seconds` (of the processor) bound the process in which PDF files and pictures are opened:
    they also stop what no count can foresee, such as a small drawing that calls itself a billion times. Nobody waits
    longer than `worker_patience` seconds for it, however busy the machine is.
    """

    file_bytes: int = 20 * MEBIBYTE
    text_bytes: int = 2 * MEBIBYTE
    svg_bytes: int = 4 * MEBIBYTE
    pdf_objects: int = 60_000
    pdf_pages: int = 100
    pdf_attachments: int = 20
    attachment_bytes: int = 2 * MEBIBYTE
    stream_bytes: int = 24 * MEBIBYTE
    all_streams_bytes: int = 96 * MEBIBYTE
    page_text_characters: int = 200_000
    image_pixels: int = 50_000_000
    scanned_pages: int = 3
    archive_members: int = 2_000
    archive_bytes: int = 400 * MEBIBYTE
    worker_bytes: int = 192 * MEBIBYTE
    worker_seconds: float = 2.0
    worker_patience: float = 20.0
