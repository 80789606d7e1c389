/* @TITLE@
 *
 * Made by pixelfes @VERSION@ from the model of the expression "@EXPRESSION@". C99, no malloc, no global variables.
 *
 * Photos are RGB, 8 bits a channel, row by row; the centre of the top left pixel is (0, 0), x to the right, y down.
 * A face is the 468 points of MediaPipe's face mesh, x, y, z in pixels of the photo, z away from the camera.
 */
#ifndef PIXELFES_H
#define PIXELFES_H

#include <stdint.h>

#define PIXELFES_POINTS 468
#define PIXELFES_VERTICES 504
#define PIXELFES_TRIANGLES @TRIANGLES@
#define PIXELFES_SIDE @SIDE@

/* What faces are drawn at: one drawn pixel for so many of the photo that the eyes are about 56 apart. A face wider than this in
 * drawn pixels is refused; 256 is enough for all that a photo can show. Memory grows with it, 64 bytes a pixel. */
#ifndef PIXELFES_WIDEST
#define PIXELFES_WIDEST 256
#endif

/* Rows of triangles drawn at a time, and triangles whose maps are kept: more is faster. */
#ifndef PIXELFES_BAND
#define PIXELFES_BAND 8
#endif
#ifndef PIXELFES_KEPT
#define PIXELFES_KEPT 128
#endif

enum { PIXELFES_OK = 0, PIXELFES_BAD_INPUT = -1, PIXELFES_TOO_WIDE = -2 };

typedef struct {
    int64_t of[12]; /* source x, y and grid x, y, each a x + b y + c, with 32 fractional bits */
    int32_t triangle;
} pixelfes_map;

/* All the memory there is; a caller provides it and need not look inside. It is valid from pixelfes_begin to the last line. */
typedef struct {
    const uint8_t *photo;
    int32_t width, height, next;
    int32_t left, top, right, bottom, factor, drawn_width, drawn_height, band, row_ready;
    int32_t movement, teeth, still;   /* shares, 24 fractional bits */
    int32_t skin[3], white[3];        /* light, 24 fractional bits */
    double here[PIXELFES_VERTICES][2], there[PIXELFES_VERTICES][2];
    int16_t corner[PIXELFES_VERTICES][2]; /* as drawn, 4 fractional bits */
    uint16_t order[PIXELFES_TRIANGLES];
    int32_t count;
    uint16_t amount[PIXELFES_SIDE * PIXELFES_SIDE]; /* how much of the change a grid pixel gets, 15 fractional bits */
    int16_t labels[PIXELFES_BAND][PIXELFES_WIDEST];
    int32_t rows[3][PIXELFES_WIDEST][4]; /* source and grid coordinates, 18 fractional bits */
    int32_t outer[PIXELFES_WIDEST][4];
    union {
        pixelfes_map maps[PIXELFES_KEPT];
        struct {
            double depth[PIXELFES_POINTS];
            union {
                uint32_t histogram[1024];
                struct {
                    int32_t rows[5][PIXELFES_SIDE], sums[PIXELFES_SIDE];
                } largest;
                double nearness[PIXELFES_TRIANGLES];
            } of;
        } begun;
    } scratch;
} pixelfes_work;

/* Change one face of a photo: all of it at once. `out` must not overlap `in`. `intensity_q8` is 256 for the typical
 * expression, from 0 to 384. Returns PIXELFES_OK, or what is wrong; `out` is then as it was. */
int pixelfes_apply(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3], uint8_t *out,
    int intensity_q8);

/* The same line by line, for which no second photo is needed: `in` has to stay as it is until the last line is out. */
int pixelfes_begin(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3],
    int intensity_q8);
void pixelfes_line(pixelfes_work *work, uint8_t *line); /* the next of `height` lines, each of 3 * width bytes */

#endif
