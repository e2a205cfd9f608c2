"""Write tests/data/codec/*.{bmp,pbm,pgm,ppm,pam,gif,webp,tif} and tests/golden/formats.json: small image files of the formats that
make_codec_golden.py does not have, and the CRC-32 of their pixels as Pillow's Image.open(f).convert('RGB') has them; in samples.json that of the samples of other images as they
are; in resize16.json that of 16-bit grey resized by Pillow.

Needs Pillow 13.0 with libtiff and WebP. Where Pillow reads a file otherwise than it is meant, the row says what is expected
instead: 16-bit samples keep their high byte (PNM's are rounded), and a TIFF image lies as it is stored (Pillow turns it)."""
import io
import json
import os
import struct
import zlib

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "data", "codec")
LARGEST = 4096
W, H = 19, 13


def picture(w=W, h=H, mode="RGB"):
    n = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    px = bytearray()
    for y in range(h):
        for x in range(w):
            px += bytes([(x * 13) % 256, (y * 19 + x) % 256, (x * y + 40) % 256, (x * 9 + y * 5 + 3) % 256][:n])
    return Image.frombytes(mode, (w, h), bytes(px))


def saved(im, kind, **how):
    f = io.BytesIO()
    im.save(f, kind, **how)
    return f.getvalue()


# ---- BMP ----


def bmp(bits, rows, palette=b"", packing=0, header=40, masks=b"", h=H, w=W, colours=0):
    """rows: the bytes of the pixels as they are stored."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, packing, len(rows), 0, 0, colours, 0)
        info += masks if header > 40 else b""
        info += bytes(header - len(info)) + (masks if header == 40 else b"")
    at = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + info + palette + rows


def rows_of(bits, pixel, top_down=False):
    """pixel(x, y): a whole number of so many bits."""
    out = bytearray()
    for y in range(H) if top_down else range(H - 1, -1, -1):
        if bits < 8:
            acc = n = 0
            for x in range(W):
                acc, n = acc << bits | pixel(x, y), n + bits
            pad = -n % 8
            row = (acc << pad).to_bytes((n + pad) // 8, "big")
        else:
            row = b"".join(pixel(x, y).to_bytes(bits // 8, "little") for x in range(W))
        out += row + bytes(-len(row) % 4)
    return bytes(out)


def bmps():
    pal = lambda n, entry: b"".join(bytes([(i * 37) % 256, (i * 90 + 5) % 256, (i * 11 + 200) % 256, 0][:entry]) for i in range(n))
    yield "rgb.bmp", saved(picture(), "BMP")
    yield "grey.bmp", saved(picture(mode="L"), "BMP")
    yield "palette1.bmp", bmp(1, rows_of(1, lambda x, y: (x + y) & 1), pal(2, 4))
    yield "palette4.bmp", bmp(4, rows_of(4, lambda x, y: (x * 3 + y) & 15), pal(16, 4))
    yield "palette8.bmp", bmp(8, rows_of(8, lambda x, y: (x * 13 + y) & 255), pal(256, 4))
    yield "palette8_few.bmp", bmp(8, rows_of(8, lambda x, y: (x + y) % 7), pal(7, 4), colours=7)
    yield "os2.bmp", bmp(4, rows_of(4, lambda x, y: (x + y * 5) & 15), pal(16, 3), header=12)
    yield "os2_24.bmp", bmp(24, rows_of(24, lambda x, y: x * 7 | y * 11 << 8 | (x + y) << 16), header=12)
    yield "down.bmp", bmp(24, rows_of(24, lambda x, y: x * 7 | y * 11 << 8 | (x + y) << 16, True), h=-H)
    yield "rgb555.bmp", bmp(16, rows_of(16, lambda x, y: (x * 1201 + y * 77) & 0x7fff))
    masks = lambda *v: struct.pack("<III", *v)
    yield "rgb565.bmp", bmp(16, rows_of(16, lambda x, y: (x * 3301 + y * 77) & 0xffff), packing=3, masks=masks(0xf800, 0x7e0, 0x1f))
    pixel = lambda x, y: x * 7 | y * 11 << 8 | (x + y) << 16 | 77 << 24
    yield "rgb32.bmp", bmp(32, rows_of(32, pixel))
    yield "bgrx.bmp", bmp(32, rows_of(32, pixel), packing=3, masks=masks(0xff0000, 0xff00, 0xff))
    yield "rgbx_v4.bmp", bmp(32, rows_of(32, pixel), packing=3, header=108, masks=masks(0xff, 0xff00, 0xff0000) + b"\0\0\0\xff")
    yield "rle8.bmp", bmp(8, b"".join(
        bytes([5, y, 0, 4, 1, 2, 3, y, 3, 9, 0, 3, y, y, 7, 0, 4, y, 0, 0]) for y in range(H)) + b"\0\1", pal(256, 4), packing=1)
    yield "rle4.bmp", bmp(4, b"".join(
        bytes([5, y << 4 | 3, 0, 4, 0x12, 0x3a, 7, 0x95, 3, y, 0, 0]) for y in range(H)) + b"\0\1", pal(16, 4), packing=2)
    yield "rle8_moves.bmp", bmp(8, b"".join(
        bytes([2, y, 0, 2, 3, 0, 14, 200]) + b"\0\0" for y in range(H)) + b"\0\1", pal(256, 4), packing=1)


# ---- PNM ----


def maps():
    number = lambda v: b" ".join(b"%d" % i for i in v) + b"\n"
    yield "bits.pbm", b"P4\n%d %d\n" % (W, H) + bytes((y * 37 + i * 91) & 255 for y in range(H) for i in range((W + 7) // 8))
    yield "bits_text.pbm", b"P1\n# black is 1\n%d %d\n" % (W, H) + b"\n".join(
        b"".join(b"%d" % ((x * y + x) & 1) for x in range(W)) for y in range(H))
    yield "grey.pgm", b"P5\n%d %d\n255\n" % (W, H) + picture(mode="L").tobytes()
    yield "grey_100.pgm", b"P5 # up to 100\n%d\t%d 100\n" % (W, H) + bytes((x * 5 + y) % 101 for y in range(H) for x in range(W))
    yield "grey_text.pgm", b"P2\n%d %d\n15\n" % (W, H) + number((x + y) % 16 for y in range(H) for x in range(W))
    yield "rgb.ppm", b"P6\n%d %d\n255\n" % (W, H) + picture().tobytes()
    yield "rgb_15.ppm", b"P6\n%d %d\n15\n" % (W, H) + bytes((x + y * c) % 16 for y in range(H) for x in range(W) for c in range(3))
    yield "rgb_text.ppm", b"P3\n%d %d\n255\n" % (W, H) + number(picture().tobytes())
    yield "rgb16.ppm", b"P6\n%d %d\n65535\n" % (W, H) + b"".join(
        struct.pack(">HHH", x * 3331, y * 5003, x * y * 277 % 65536) for y in range(H) for x in range(W))
    yield "rgb_1000.ppm", b"P6\n%d %d\n1000\n" % (W, H) + b"".join(
        struct.pack(">HHH", x * 50, y * 70, x * y * 7 % 1001) for y in range(H) for x in range(W))
    grey = [x * 3331 + y for y in range(H) for x in range(W)]
    yield "grey16.pgm", b"P5\n%d %d\n65535\n" % (W, H) + b"".join(struct.pack(">H", v) for v in grey), \
        Image.frombytes("L", (W, H), bytes(round(v / 65535 * 255) for v in grey))
    for tuples, mode in ("GRAYSCALE", "L"), ("GRAYSCALE_ALPHA", "LA"), ("RGB", "RGB"), ("RGB_ALPHA", "RGBA"):
        im = picture(mode=mode)
        yield f"{tuples.lower()}.pam", b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n" % (
            W, H, len(im.getbands()), tuples.encode()) + im.tobytes(), im


# ---- GIF ----


def lzw(indices, bits):
    """Codes of one width, with the table cleared before it would grow."""
    clear, out, acc, n = 1 << bits, bytearray(), 0, 0
    width = bits + 1
    run = (1 << bits) - 2
    codes = []
    for i, v in enumerate(indices):
        if i % run == 0:
            codes.append(clear)
        codes.append(v)
    codes.append(clear + 1)
    for c in codes:
        acc |= c << n
        n += width
        while n >= 8:
            out.append(acc & 255)
            acc >>= 8
            n -= 8
    if n:
        out.append(acc & 255)
    blocks = b"".join(bytes([len(out[i:i + 255])]) + bytes(out[i:i + 255]) for i in range(0, len(out), 255))
    return bytes([bits]) + blocks + b"\0"


def gif(screen, frame, index, colours=b"", own=b"", extension=b"", lace=False, more=b""):
    def table(c):
        return 0x80 | (len(c) // 3).bit_length() - 2 if c else 0
    x, y, w, h = frame
    rows = [r for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for r in range(first, h, step)] if lace else range(h)
    return b"GIF89a" + struct.pack("<HHBBB", *screen, table(colours), 3, 0) + colours + extension + b"," + struct.pack(
        "<HHHHB", x, y, w, h, table(own) | (0x40 if lace else 0)) + own + lzw([index(i, r) for r in rows for i in range(w)], 4) + more + b";"


def gifs():
    pal = b"".join(bytes([(i * 37) % 256, (i * 90 + 5) % 256, (i * 11 + 200) % 256]) for i in range(16))
    other = b"".join(bytes([(i * 7) % 256, (i * 40 + 5) % 256, (i * 91) % 256]) for i in range(16))
    index = lambda x, y: (x + 3 * y) % 16
    yield "written.gif", saved(picture(), "GIF")
    yield "grey.gif", saved(picture(mode="L"), "GIF")
    yield "plain.gif", gif((W, H), (0, 0, W, H), index, pal)
    yield "interlaced.gif", gif((W, H), (0, 0, W, H), index, pal, lace=True)
    yield "own_palette.gif", gif((W, H), (0, 0, W, H), index, pal, other)
    few = list(pal[:12]) + [i for i in range(4, 256) for c in range(3)]  # Pillow 9.4 has grey for what is not defined, 13 black
    im = Image.frombytes("P", (W, H), bytes(index(x, y) for y in range(H) for x in range(W)))
    im.putpalette(few)
    yield "few_colours.gif", gif((W, H), (0, 0, W, H), index, pal[:12]), im
    yield "part.gif", gif((W, H), (4, 2, 10, 7), index, pal)
    clear = b"!\xf9\4\1\0\0\5\0"
    yield "transparent.gif", gif((W, H), (4, 2, 10, 7), index, pal, extension=b"!\xfe\5hello\0" + clear)
    second = b"," + struct.pack("<HHHHB", 0, 0, W, H, 0) + lzw([3] * (W * H), 4)
    yield "animated.gif", gif((W, H), (0, 0, W, H), index, pal, extension=b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0" + clear, more=clear + second)
    yield "sticks_out.gif", gif((5, 5), (2, 1, 10, 7), index, pal)


# ---- WebP ----


def webps():
    yield "lossy.webp", saved(picture(), "WEBP", quality=70)
    yield "lossless.webp", saved(picture(), "WEBP", lossless=True)
    yield "alpha.webp", saved(picture(mode="RGBA"), "WEBP", quality=70, exact=True)
    yield "alpha_lossless.webp", saved(picture(mode="RGBA"), "WEBP", lossless=True, exact=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "exif.webp", saved(picture(), "WEBP", quality=70, exif=exif.tobytes())
    yield "animated.webp", saved(picture(), "WEBP", quality=70, save_all=True, append_images=[picture().rotate(180)])
    yield "one_pixel.webp", saved(picture(1, 1), "WEBP", lossless=True)


# ---- TIFF ----


def tiff(tags, data, order="<", big=False):
    """By hand: tags {number: (type, values)}; StripOffsets (273) are told where `data`, a list, comes to lie."""
    size = {1: 1, 3: 2, 4: 4, 11: 4, 12: 8, 16: 8}
    letter = {1: "B", 3: "H", 4: "I", 11: "f", 12: "d", 16: "Q"}
    header, entry, room = (16, 20, 8) if big else (8, 12, 4)
    directory = header
    tags = dict(tags)
    behind = directory + (8 if big else 2) + entry * (len(tags) + 2) + (8 if big else 4)
    at, places = behind, []
    for d in data:
        places.append(at)
        at += len(d)
    where, counts = (324, 325) if 322 in tags else (273, 279)
    tags[where], tags[counts] = (4, places), (4, [len(d) for d in data])
    spill = b""
    out = b""
    for number, (kind, values) in sorted(tags.items()):
        packed = struct.pack(order + str(len(values)) + letter[kind], *values)
        if len(packed) > room:
            place, spill = at + len(spill), spill + packed
            packed = struct.pack(order + ("Q" if big else "I"), place)
        out += struct.pack(order + ("HHQ" if big else "HHI"), number, kind, len(values)) + packed.ljust(room, b"\0")
    mark = b"II" if order == "<" else b"MM"
    head = mark + (struct.pack(order + "HHHQ", 43, 8, 0, directory) if big else struct.pack(order + "HI", 42, directory))
    return head + struct.pack(order + ("Q" if big else "H"), len(tags)) + out + bytes(8 if big else 4) + b"".join(data) + spill


def basic(samples, bits, photometric, **more):
    t = {256: (3, [W]), 257: (3, [H]), 258: (3, [bits] * samples), 259: (3, [1]), 262: (3, [photometric]), 277: (3, [samples]),
         278: (3, [H])}
    t.update({int(k[1:]): v for k, v in more.items()})
    return t


def tiffs():
    rgb, grey, ink, rgba = picture(), picture(mode="L"), picture(mode="CMYK"), picture(mode="RGBA")
    for how in "raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd":
        yield f"rgb_{how.replace('tiff_', '')}.tif", saved(rgb, "TIFF", compression=None if how == "raw" else how)
    yield "bits_group4.tif", saved(grey.point(lambda v: 255 * (v > 90)).convert("1"), "TIFF", compression="group4")
    yield "grey.tif", saved(grey, "TIFF")
    yield "palette.tif", saved(rgb.quantize(31), "TIFF", compression="tiff_lzw")
    yield "cmyk.tif", saved(ink, "TIFF")
    yield "rgba.tif", saved(rgba, "TIFF")
    rows = lambda im: im.tobytes()
    yield "big_endian.tif", tiff(basic(3, 8, 2), [rows(rgb)], ">")
    yield "bigtiff.tif", tiff(basic(3, 8, 2), [rows(rgb)], big=True)
    yield "white_is_0.tif", tiff(basic(1, 8, 0), [rows(grey)])
    yield "grey4.tif", tiff(basic(1, 4, 1), [bytes((y * 29 + i * 51) & 255 for y in range(H) for i in range((W + 1) // 2))])
    yield "grey2_white.tif", tiff(basic(1, 2, 0), [bytes((y * 29 + i * 51) & 255 for y in range(H) for i in range((W + 3) // 4))])
    planes = [bytes(rows(rgb)[c::3]) for c in range(3)]
    yield "planes.tif", tiff(basic(3, 8, 2, t284=(3, [2])), planes), rgb
    yield "strips.tif", tiff(basic(3, 8, 2, t278=(3, [5])), [rows(rgb)[i:i + 3 * W * 5] for i in range(0, 3 * W * H, 3 * W * 5)])
    tile = lambda im, x0, y0: b"".join(bytes(im.getpixel((x, y))) if x < W and y < H else b"\x11\x22\x33"
                                       for y in range(y0, y0 + 16) for x in range(x0, x0 + 16))
    tiled = basic(3, 8, 2, t322=(3, [16]), t323=(3, [16]))
    del tiled[278]
    yield "tiles.tif", tiff(tiled, [tile(rgb, x, 0) for x in (0, 16)])
    tiled[259] = (3, [8])
    yield "tiles_deflate.tif", tiff(tiled, [zlib.compress(tile(rgb, x, 0)) for x in (0, 16)])
    yield "multiplied.tif", tiff(basic(4, 8, 2, t338=(3, [1])), [rows(rgba)])
    yield "extra.tif", tiff(basic(5, 8, 2, t338=(3, [0, 0])), [bytes(v for p in rgb.get_flattened_data() for v in (*p, 9, 7))]), rgb
    wide = [(x * 3331, y * 5003, x * y * 277 % 65536) for y in range(H) for x in range(W)]
    high = Image.frombytes("RGB", (W, H), bytes(v >> 8 for p in wide for v in p))
    for order in "<", ">":
        data = b"".join(struct.pack(order + "HHH", *p) for p in wide)
        yield f"rgb16_{'little' if order == '<' else 'big'}.tif", tiff(basic(3, 16, 2), [data], order), high
        data = b"".join(struct.pack(order + "H", p[0]) for p in wide)
        yield f"grey16_{'little' if order == '<' else 'big'}.tif", tiff(basic(1, 16, 1), [data], order), high.getchannel(0)
    for o in 3, 6:
        yield f"orientation_{o}.tif", tiff(basic(3, 8, 2, t274=(3, [o])), [rows(rgb)]), rgb, o
    yield "orientation_8_big.tif", tiff(basic(3, 8, 2, t274=(3, [8])), [rows(rgb)], ">", True), rgb, 8
    yield "pages.tif", saved(rgb, "TIFF", save_all=True, append_images=[grey])


def sample_files():
    """Files of other than 8-bit RGB, with channels, bytes a sample, their samples as they are, and the range of floats."""
    le = lambda v, bits=16: b"".join(struct.pack("<H" if bits == 16 else "B", x) for x in v)
    wide = lambda k: [(x * 3331 + y * 77 * (c + 1) + c * 9001) % 65536 for y in range(H) for x in range(W) for c in range(k)]
    narrow = lambda k: [v >> 8 for v in wide(k)]
    planes = lambda v, k, pack: [b"".join(pack(x) for x in v[c::k]) for c in range(k)]
    def tags(k, bits, **more):
        return basic(k, bits, 1, **({"t338": (3, [0] * (k - 1))} if k > 1 else {}), **more)
    for k in 1, 2, 4, 13:
        yield f"bands{k}_16.tif", tiff(tags(k, 16), [le(wide(k))]), k, 2, le(wide(k)), None
    yield "bands5_8.tif", tiff(tags(5, 8), [le(narrow(5), 8)]), 5, 1, le(narrow(5), 8), None
    big = lambda x: struct.pack(">H", x)
    yield "bands4_planes_big.tif", tiff(tags(4, 16, t284=(3, [2])), planes(wide(4), 4, big), ">"), 4, 2, le(wide(4)), None
    tile = lambda v, k, x0: b"".join(struct.pack("<H", v[(y * W + x) * k + c] if x < W and y < H else 7)
                                     for y in range(16) for x in range(x0, x0 + 16) for c in range(k))
    tiled = tags(4, 16, t322=(3, [16]), t323=(3, [16]))
    del tiled[278]
    tiled[259] = (3, [8])
    yield "bands4_tiles.tif", tiff(tiled, [zlib.compress(tile(wide(4), 4, x)) for x in (0, 16)]), 4, 2, le(wide(4)), None
    yield "white_is_0_16.tif", tiff(basic(1, 16, 0), [le(wide(1))]), 1, 2, le(65535 - v for v in wide(1)), None
    rgbn = basic(4, 16, 2, t338=(3, [0]))
    yield "rgb_and_nir.tif", tiff(rgbn, [le(wide(4))]), 4, 2, le(wide(4)), None
    rgba = basic(4, 16, 2, t338=(3, [2]))
    yield "rgba16.tif", tiff(rgba, [le(wide(4))]), 3, 2, le(v for i, v in enumerate(wide(4)) if i % 4 < 3), None
    to16 = lambda v, low, high: le(round(min(max((x - low) / (high - low), 0), 1) * 65535) for x in v)
    floats = [struct.unpack("<f", struct.pack("<f", (x * 0.07 + y * 0.05) % 1.3 - 0.1))[0] for y in range(H) for x in range(W)]
    pack = lambda form, v: b"".join(struct.pack(form, x) for x in v)
    more = lambda bits, kind: basic(1, bits, 1, t339=(3, [kind]))
    yield "float32.tif", tiff(more(32, 3), [pack("<f", floats)]), 1, 2, to16(floats, 0, 1), (0, 1)
    yield "float64_big.tif", tiff(more(64, 3), [pack(">d", floats)], ">"), 1, 2, to16(floats, 0, 1), (0, 1)
    signed = [x * 300 - y * 200 - 1500 for y in range(H) for x in range(W)]
    yield "int16.tif", tiff(more(16, 2), [pack("<h", signed)]), 1, 2, to16(signed, -1024, 3071), (-1024, 3071)
    yield "int32.tif", tiff(more(32, 2), [pack("<i", signed)]), 1, 2, to16(signed, -1024, 3071), (-1024, 3071)
    yield "uint32.tif", tiff(more(32, 1), [pack("<I", [abs(v) for v in signed])]), 1, 2, to16([abs(v) for v in signed], 0, 4000), (0, 4000)
    yield "bands4_16.pam", b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 65535\nENDHDR\n" % (W, H) + pack(">H", wide(4)), 4, 2, le(wide(4)), None
    yield "grey16_text.pgm", b"P2\n%d %d\n65535\n" % (W, H) + b" ".join(b"%d" % v for v in wide(1)), 1, 2, le(wide(1)), None


TURN = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}


def described(im, **more):
    return {"w": im.width, "h": im.height, "crc": zlib.crc32(im.tobytes()), **more}


def main():
    os.makedirs(OUT, exist_ok=True)
    rows, total = [], 0
    for files in bmps, maps, gifs, webps, tiffs:
        for name, data, *expected in files():
            assert len(data) <= LARGEST, (name, len(data))
            total += len(data)
            with open(os.path.join(OUT, name), "wb") as f:
                f.write(data)
            if expected:
                im, o = expected[0].convert("RGB"), (expected[1:] or [1])[0]
            else:
                opened = Image.open(io.BytesIO(data))
                o = opened.getexif().get(0x0112, 1)
                im = opened.convert("RGB")
            row = {"file": name, **described(im), "orientation": o}
            if o != 1:
                row["upright"] = described(im.transpose(TURN[o]))
            rows.append(row)
    samples = []
    for name, data, channels, depth, px, span in sample_files():
        assert len(data) <= 2 * LARGEST, (name, len(data))
        total += len(data)
        with open(os.path.join(OUT, name), "wb") as f:
            f.write(data)
        samples.append({"file": name, "w": W, "h": H, "channels": channels, "depth": depth, "crc": zlib.crc32(px),
                        **({"range": span} if span else {})})
    with open(os.path.join(HERE, "samples.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in samples) + "\n]\n")
    resized = []
    for w, h in (7, 5), (40, 31), (19, 6), (11, 13):
        im = Image.frombytes("I;16", (W, H), b"".join(struct.pack("<H", (x * 3331 + y * 7919) % 65536) for y in range(H) for x in range(W)))
        resized.append({"w": w, "h": h, "crc": zlib.crc32(im.resize((w, h), Image.Resampling.BILINEAR).tobytes())})
    with open(os.path.join(HERE, "resize16.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in resized) + "\n]\n")
    assert total < 100000, total
    with open(os.path.join(HERE, "formats.json"), "w") as f:
        f.write("[\n" + ",\n".join("  " + json.dumps(r) for r in rows) + "\n]\n")
    print(len(rows), "files,", total, "bytes")


main()
