"""Files as nobody honest sends them, made byte by byte."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

from PIL import Image

PNG_MARK = b"\x89PNG\r\n\x1a\n"


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, pixels: bytes | None = None) -> bytes:
    """Return a grey PNG, whatever its pixels really are."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(pixels if pixels is not None else bytes((width + 1) * height), 9)
    return PNG_MARK + head + b"".join(chunks) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")


def zeros(size: int) -> bytes:
    """Compress so many zeros without holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def huge_png() -> bytes:
    """30,000 by 30,000 pixels in a few KiB; the first 64 MiB of them are really there."""
    return png(30_000, 30_000, pixels=b"").replace(
        png_chunk(b"IDAT", zlib.compress(b"", 9)), png_chunk(b"IDAT", zeros(64 << 20))
    )


def text_bomb() -> bytes:
    """A small picture with a comment that becomes 1 GiB."""
    return png(8, 8, png_chunk(b"zTXt", b"Comment\0\0" + zeros(1 << 30)))


def profile_bomb() -> bytes:
    """A small picture with a colour profile that becomes 1 GiB."""
    return png(8, 8, png_chunk(b"iCCP", b"profile\0\0" + zeros(1 << 30)))


def overfull_png() -> bytes:
    """A small picture whose pixels, by their own data, would be 1 GiB."""
    return png(8, 8, pixels=b"").replace(png_chunk(b"IDAT", zlib.compress(b"", 9)), png_chunk(b"IDAT", zeros(1 << 30)))


def gif(width: int, height: int, frames: int, *, ends: bool = True) -> bytes:
    """A GIF whose frames are one pixel each, shown for 1/50 s, and which begins again for ever."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    again = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    frame = b"\x21\xf9\x04\0\x02\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + again + frame * frames + (b"\x3b" if ends else b"")


def jpeg(width: int = 64, height: int = 48, **options: object) -> bytes:
    """Return a JPEG of one colour."""
    return saved(Image.new("RGB", (width, height), (200, 60, 20)), "JPEG", **options)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    """Return a picture in such a form."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def huge_jpeg() -> bytes:
    """A JPEG whose header says 65,000 by 65,000."""
    data = jpeg()
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", 65_000, 65_000) + data[place + 4 :]


def huge_webp() -> bytes:
    """A WebP whose canvas says 16,384 by 16,384."""
    image = saved(Image.new("RGBA", (16, 16), (1, 2, 3, 4)), "WEBP", lossless=True, icc_profile=b"profile")
    place = image.index(b"VP8X") + 12
    return image[:place] + (16_383).to_bytes(3, "little") * 2 + image[place + 6 :]


def huge_avif() -> bytes:
    """An AVIF that says of itself 50,000 by 50,000."""
    data = saved(Image.new("RGB", (64, 64)), "AVIF")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", 50_000, 50_000) + data[place + 8 :]


def archive(inside: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in inside.items():
            made.writestr(name, data)
    return target.getvalue()


def zip_bomb() -> bytes:
    """Archives in archives, 16 GiB in all."""
    data = bytes(64 << 20)
    for _ in range(2):
        data = archive({f"{number}.zip": data for number in range(16)})
    return data


def document(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def stream(dictionary: bytes, data: bytes) -> bytes:
    """Return a stream object of a PDF."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(data), data)


def pages(count: int = 1, page: bytes = b"", *more: bytes) -> bytes:
    """A PDF with so many equal pages."""
    kids = b" ".join(b"3 0 R" for _ in range(count))
    return document(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] %s >>" % page,
        *more,
    )


def looping_tree() -> bytes:
    """A tree of pages that contains itself."""
    return document(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>")


def looping_form() -> bytes:
    """A page whose drawing draws itself, twice each time."""
    form = stream(
        b"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /F 4 0 R >> >>",
        b"/F Do /F Do " * 500,
    )
    drawing = stream(b"", b"/F Do /F Do " * 500)
    return pages(1, b"/Contents 5 0 R /Resources << /XObject << /F 4 0 R >> >>", form, drawing)


def forms_in_forms(depth: int = 12) -> bytes:
    """Each drawing draws the next one ten times: ten to the power of `depth` in all."""
    first, objects = 5, []
    for level in range(depth):
        following = first + level + 1
        inner = b"/F Do " * 10 if level < depth - 1 else b"0 0 10 10 re f "
        resources = b"/Resources << /XObject << /F %d 0 R >> >>" % following
        objects.append(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 200 100] " + resources, inner))
    drawing = stream(b"", b"/F Do " * 10)
    return pages(1, b"/Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >>", drawing, *objects)


def picture_bomb() -> bytes:
    """A page with a picture of 30,000 by 30,000 pixels that is packed twice."""
    packed = zlib.compress(zeros(900 << 20), 9)
    image = stream(
        b"/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /BitsPerComponent 8"
        b" /ColorSpace /DeviceGray /Filter [/FlateDecode /FlateDecode]",
        packed,
    )
    drawing = stream(b"", b"200 0 0 100 0 0 cm /I Do")
    return pages(1, b"/Contents 5 0 R /Resources << /XObject << /I 4 0 R >> >>", image, drawing)


def broken_font() -> bytes:
    """A page that writes with a font whose file is noise."""
    noise = bytes((place * 73 + 41) % 256 for place in range(40_000))
    font_file = stream(b"/Length1 %d" % len(noise), b"\0\1\0\0\0\x10" + noise)
    drawing = stream(b"", b"BT /T 40 Tf 10 10 Td (Hola) Tj ET")
    return pages(
        1,
        b"/Contents 5 0 R /Resources << /Font << /T 6 0 R >> >>",
        font_file,
        drawing,
        b"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontFile2 4 0 R >>",
    )


def film(path: Path, *arguments: str, seconds: float = 2, size: str = "320x240", sound: bool = True) -> Path:
    """Have ffmpeg make a film with a moving test picture and a tone."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=15:duration={seconds}"]
    if sound:
        source += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-c:a", "aac"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    _ffmpeg(*source, *codec, *arguments, str(path))
    return path


def tone(path: Path, *arguments: str, seconds: float = 4) -> Path:
    """Have ffmpeg make a sound that is quiet in its first half and loud in the other."""
    shape = f"if(lt(t,{seconds / 2}),0.01,0.5)*sin(2*PI*440*t)"
    _ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{shape}':duration={seconds}", *arguments, str(path))
    return path


def _ffmpeg(*arguments: str) -> None:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments
