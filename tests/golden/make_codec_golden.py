"""Write tests/data/codec/* and tests/golden/codec.json: small image files of every kind that is read, and the
CRC-32 of their pixels as Pillow's Image.open(f).convert('RGB') has them.

Needs Debian 12's python3-pil (Pillow 9.4 over libjpeg-turbo 2.1); other versions may round differently.
16-bit grey is the exception: Pillow clips it at 255, expected here is value >> 8."""
import io
import json
import os
import struct
import zlib

from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "data", "codec")
LARGEST = 4096


def picture(w, h, channels=3):
    """Smooth colours and sharp edges: both the upsampling and the block borders matter."""
    px = bytearray()
    for y in range(h):
        for x in range(w):
            edge = 90 if (x // 7 + y // 5) % 2 else 0
            px += bytes([(x * 5 + edge) % 256, (y * 7 + edge) % 256, (x * y + 40) % 256, (x * 3 + y * 2) % 256][:channels])
    return Image.frombytes({1: "L", 3: "RGB", 4: "CMYK"}[channels], (w, h), bytes(px))


def jpeg(im, **how):
    f = io.BytesIO()
    im.save(f, "JPEG", **how)
    return f.getvalue()


def adobe(data, transform):
    """Set the colour transform of the Adobe marker, which is put in after SOI when there is none."""
    at = data.find(b"Adobe")
    if at < 0:
        marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
        end = 4 + struct.unpack(">H", data[4:6])[0]  # drop JFIF, which would win
        return data[:2] + marker + data[end:]
    return data[:at + 11] + bytes([transform]) + data[at + 12:]


def exif(orientation, order):
    big = order == "MM"
    pack = lambda form, *v: struct.pack((">" if big else "<") + form, *v)
    return b"Exif\0\0" + order.encode() + pack("HI", 42, 8) + pack("H", 2) + pack("HHII", 0x010F, 2, 1, 0) + \
        pack("HHIHH", 0x0112, 3, 1, orientation, 0) + pack("I", 0)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(w, h, bits, colour, sample, interlaced=False, extra=b""):
    """A PNG written by hand: sample(x, y) is the list of a pixel's channels."""
    raw = bytearray()
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        if x0 >= w or y0 >= h:
            continue
        for row, y in enumerate(range(y0, h, dy)):
            acc = n = 0
            for x in range(x0, w, dx):
                for v in sample(x, y):
                    acc, n = acc << bits | v, n + bits
            pad = -n % 8
            line = (acc << pad).to_bytes((n + pad) // 8, "big")
            kind = row % 2  # filters none and sub, alternating
            step = max(1, bits * len(sample(0, 0)) // 8)
            if kind:
                line = bytes((line[i] - (line[i - step] if i >= step else 0)) % 256 for i in range(len(line)))
            raw += bytes([kind]) + line
    head = struct.pack(">IIBBBBB", w, h, bits, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + \
        chunk(b"IEND", b"")


def files():
    rgb, grey, ink = picture(35, 27), picture(35, 27, 1), picture(35, 27, 4)
    for name, sub in ("444", 0), ("422", 1), ("420", 2):
        yield f"rgb_{name}.jpg", jpeg(rgb, quality=80, subsampling=sub)
    yield "progressive.jpg", jpeg(rgb, quality=80, progressive=True)
    yield "optimised.jpg", jpeg(rgb, quality=95, optimize=True)
    yield "low_quality.jpg", jpeg(rgb, quality=5)
    yield "one_pixel.jpg", jpeg(picture(1, 1))
    yield "one_row.jpg", jpeg(picture(60, 1))
    yield "grey.jpg", jpeg(grey, quality=85)
    yield "grey_progressive.jpg", jpeg(grey, quality=85, progressive=True)
    yield "no_transform.jpg", adobe(jpeg(rgb, quality=80, subsampling=0), 0)
    yield "cmyk.jpg", adobe(jpeg(ink, quality=80), 0)
    yield "ycck.jpg", adobe(jpeg(ink, quality=80), 2)
    yield "comment.jpg", jpeg(grey, quality=50, comment=b"a comment")
    for o in range(1, 9):
        yield f"orientation_{o}.jpg", jpeg(picture(13, 9), quality=60, exif=exif(o, "MM" if o % 2 else "II"))
    yield "orientation_9.jpg", jpeg(picture(13, 9), quality=60, exif=exif(9, "II"))

    w, h = 19, 13
    palette = chunk(b"PLTE", bytes((i * 37 + c * 90) % 256 for i in range(12) for c in range(3)))
    for bits in 1, 2, 4, 8, 16:
        top = (1 << bits) - 1
        for lace in False, True:
            end = "_interlaced.png" if lace else ".png"
            yield f"grey{bits}{end}", png(w, h, bits, 0, lambda x, y: [(x * 3331 + y * 7) & top], lace)
            if bits <= 8:
                yield f"palette{bits}{end}", png(w, h, bits, 3, lambda x, y: [(x + y) % min(12, top + 1)], lace, palette)
            if bits >= 8:
                yield f"rgb{bits}{end}", png(w, h, bits, 2, lambda x, y: [v & top for v in (x * 3331, y * 5003, x * y * 77)],
                                             lace)
                yield f"rgba{bits}{end}", png(
                    w, h, bits, 6, lambda x, y: [v & top for v in (x * 3331, y * 5003, x * y * 77, (x + y) * 1999)], lace)
                yield f"la{bits}{end}", png(w, h, bits, 4, lambda x, y: [v & top for v in (x * 3331, y * 2003)], lace)
    yield "palette_trns.png", png(w, h, 4, 3, lambda x, y: [(x + y) % 12], False, palette + chunk(b"tRNS", b"\0\x80\xff"))
    yield "palette_outside.png", png(w, h, 8, 3, lambda x, y: [(x * y) % 30], False, palette)
    yield "grey_trns.png", png(w, h, 8, 0, lambda x, y: [x * 9], False, chunk(b"tRNS", b"\0\x12"))
    yield "rgb_trns.png", png(w, h, 8, 2, lambda x, y: [x * 9, y, 3], False, chunk(b"tRNS", b"\0\x12\0\0\0\3"))
    yield "gamma.png", png(w, h, 8, 2, lambda x, y: [x * 9, y * 9, 3], False,
                           chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sBIT", b"\3\3\3") + chunk(b"bKGD", bytes(6)))
    yield "exif.png", png(5, 3, 8, 2, lambda x, y: [x * 40, y * 40, 9], False, chunk(b"eXIf", exif(6, "MM")[6:]))
    yield "one_pixel.png", png(1, 1, 8, 2, lambda x, y: [1, 2, 3])
    f = io.BytesIO()
    rgb.save(f, "PNG")
    yield "written_by_pillow.png", f.getvalue()


def pixels(im):
    if im.mode == "I":  # 16-bit grey
        im = Image.frombytes("L", im.size, bytes(v >> 8 for v in im.getdata()))
    return im.convert("RGB")


def main():
    os.makedirs(OUT, exist_ok=True)
    rows = []
    for name, data in files():
        assert len(data) <= LARGEST, (name, len(data))
        with open(os.path.join(OUT, name), "wb") as f:
            f.write(data)
        im = pixels(Image.open(io.BytesIO(data)))
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        row = {"file": name, "w": im.width, "h": im.height, "crc": zlib.crc32(im.tobytes())}
        row["orientation"] = Image.open(io.BytesIO(data)).getexif().get(0x0112, 1)
        if row["orientation"] != 1:
            upright = pixels(upright)
            row["upright"] = {"w": upright.width, "h": upright.height, "crc": zlib.crc32(upright.tobytes())}
        if row["orientation"] == 9:
            row["orientation"] = 1
        rows.append(row)
    with open(os.path.join(HERE, "codec.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n")


main()
