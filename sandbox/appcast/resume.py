"""A small but real PDF."""


def resume_pdf(name: str) -> bytes:
    """One page that says whose resume it is."""
    safe = "".join(letter if letter.isalnum() or letter in " -." else " " for letter in name)
    content = f"BT /F1 24 Tf 72 720 Td (Resume of {safe}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    """Objects numbered from 1, the table of their places, the trailer."""
    document, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return (
        document
        + head
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(document))
    )
