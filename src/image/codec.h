/* Image files as pixels: the formats of codecs.def, told apart by their first bytes, decoded to the RGB that Pillow's
 * Image.open(f).convert('RGB') gives. Alpha, ICC profiles and gamma are ignored, as there; of several pictures in
 * a file the first is read. Deliberate differences: 16-bit grey keeps its high byte (Pillow clips at 255), a JPEG
 * whose data end early is an error where Pillow fills the rest with grey, and TIFF's orientation is treated as
 * that of photographs (Pillow always follows it). One file + one row of codecs.def per format; a decoder's own header
 * stays inside this room. */
#ifndef SIAM_IMAGE_CODEC_H
#define SIAM_IMAGE_CODEC_H

#include <stdbool.h>

#include "image/image.h"

enum {
    SIAM_IMAGE_MAX_SIDE = 65535,
    SIAM_IMAGE_MAX_PIXELS = 178956970, /* where Pillow refuses an image as a decompression bomb */
    SIAM_IMAGE_MAX_SCANS = 500,        /* of a progressive JPEG; real ones have about ten */
    SIAM_IMAGE_FREE_SCANS = 24,        /* so many may any have; more only as long as scans times pixels is ... */
    SIAM_IMAGE_SCAN_PIXELS = 1000000000,
};

/* What an image is wanted as. {0}: RGB of 8 bits, whatever it is. */
typedef struct siam_image_want {
    int channels, depth; /* channels: with or without alpha, which is counted only where it is asked for. depth: bytes */
    double low, high;    /* which values of floats, of numbers with a sign and of those of 32 bits are black and white;
                            equal: such samples are refused */
} siam_image_want;

/* What an image is. */
typedef struct siam_image_form {
    int w, h;
    int channels, samples; /* of a pixel, without alpha and with it */
    int depth;             /* bytes, 2 for what `low` and `high` are for */
    bool ranged;           /* which is so */
    bool colours;          /* of several channels the first three are colours, and are what it is as RGB */
    bool multiplied;       /* those by its alpha, which is undone where it is read as RGB */
    int shrinks;           /* its shorter side, where it can be decoded smaller; 0: it cannot */
} siam_image_form;

/* What of a picture somebody will look at: nothing outside of this box, in the picture's pixels as it is handed out, and that at least so
 * large. */
typedef struct siam_image_need {
    int x, y, w, h;
    int shrink; /* the picture may be smaller by this: 1, 2, 4 or 8 */
} siam_image_need;

/* Asked for it once the picture's size is known. */
typedef struct siam_image_use {
    void (*of)(void *user, int w, int h, siam_image_need *need);
    void *user;
} siam_image_use;

typedef struct siam_codec {
    const char *name;           /* "JPEG" */
    const char *const *endings; /* of file names, lower case with their dot, the usual one first; ends with NULL */
    bool (*probe)(const uint8_t *bytes, size_t n);
    siam_code (*size)(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e);
    /* NULL: all images of this format are RGB of 8 bits, or grey ones. */
    siam_code (*form)(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e);
    /* want->channels 0: as RGB of 8 bits. Else, where there is a form(), as many as that says in channels or in samples, and as
     * deep as it says. */
    siam_code (*decode)(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e);
    /* As RGB of 8 bits, a part of it that has what is needed: out->part says which. Where nothing is shrunk, pixels that are needed are those
     * that decode() gives. It fails wherever that fails, also behind the part; where it alone fails, the image is decoded whole. NULL:
     * there is no cheaper way. */
    siam_code (*decode_part)(siam_image *out, const siam_image_use *use, const uint8_t *bytes, size_t n, siam_err *e);
    bool shrinks; /* decode_part can make it smaller */
    /* Where the TIFF block with the EXIF tags lies, NULL = none. May be NULL. */
    const uint8_t *(*exif)(const uint8_t *bytes, size_t n, size_t *length);
    bool scattered; /* what says the image's size may lie anywhere in the file, also at its end */
} siam_codec;

extern const siam_codec *const siam_codecs[]; /* from codecs.def; ends with NULL */
/* That of a file which begins with these bytes, NULL: it is no image that is read. */
const siam_codec *siam_codec_of(const uint8_t *bytes, size_t n);

/* Decode a file's bytes into `out`, whose buffer is reused. Sizes are checked before memory is taken.
 * Anything that is not a whole image is SIAM_E_DATA, in a sentence that speaks of "the JPEG data"; the caller
 * knows the file's name and puts it in front. Thread-safe. */
siam_code siam_image_decode(siam_image *out, const uint8_t *bytes, size_t n, siam_err *e);
/* The same as `want` says (NULL: RGB of 8 bits). Samples of 8 bits times 257 have 16, the high byte of those has 8; a grey image
 * has three equal channels, and a coloured one its luma. Other numbers of channels than there are: SIAM_E_DATA. */
siam_code siam_image_decode_as(siam_image *out, const siam_image_want *want, const uint8_t *bytes, size_t n, siam_err *e);
/* The same, and where `upright` is set turned as its EXIF orientation says. use: what will be looked at, of the picture as it then is; NULL:
 * all of it. With a use, the image may be a part of the picture (its `part` says which), if the format has a way to save work by that. */
siam_code siam_image_decode_for(siam_image *out, const siam_image_want *want, bool upright, const siam_image_use *use, const uint8_t *bytes,
                                size_t n, siam_err *e);
/* What the header says of it; the same limits. */
siam_code siam_image_form_of(siam_image_form *f, const uint8_t *bytes, size_t n, siam_err *e);
/* Width and height as the header has them, without decoding; the same limits. */
siam_code siam_image_size(int *w, int *h, const uint8_t *bytes, size_t n, siam_err *e);
/* Bytes of memory that decoding it and turning it upright take at most; 0 for what is no image. */
size_t siam_image_memory(const uint8_t *bytes, size_t n);
/* The name of the format of a file that begins with these bytes ("JPEG"); NULL: it is no image that is read. */
const char *siam_image_codec_name(const uint8_t *bytes, size_t n);
/* The bytes of an image file, free(*bytes). Not all of every file: of one that is no image as much as shows what it is, and
 * of an image no more than its pixels can take; so decode them whatever they are. */
siam_code siam_image_file(const char *path, uint8_t **bytes, size_t *n, siam_err *e);
/* Whether a file name ends like those of an image format. */
bool siam_image_is_name(const char *name);
/* What is read, in words: "JPEG, PNG and BMP", and as file names have it: ".jpg, .png, .bmp". Returns buf. */
enum { SIAM_IMAGE_WORDS = 128 };
const char *siam_image_formats(char buf[SIAM_IMAGE_WORDS]);
const char *siam_image_endings(char buf[SIAM_IMAGE_WORDS]);

/* The EXIF orientation of a file, 1 to 8; 1 (upright) when there is none or it makes no sense. */
int siam_image_orientation(const uint8_t *bytes, size_t n);
/* Turn an image upright: PIL.ImageOps.exif_transpose. Decoding does not do that by itself. */
siam_code siam_image_orient(siam_image *im, int orientation, siam_err *e);

/* For codecs: what an image of that form is to be decoded as, for siam_image_convert to make of it what is wanted; a number of channels
 * that does not fit: SIAM_E_DATA. */
siam_code siam_codec_as(siam_image_want *as, const siam_image_want *want, const siam_image_form *f, const siam_codec *c, siam_err *e);
/* For codecs: refuse a size outside the limits, naming the format. */
siam_code siam_codec_check_size(const siam_codec *c, uint64_t w, uint64_t h, siam_err *e);

#endif
