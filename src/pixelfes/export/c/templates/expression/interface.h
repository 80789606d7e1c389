/* @TITLE@
 *
 * Made by pixelfes @VERSION@ from the model of the expression "@EXPRESSION@". C99, no malloc, no global variables.
 *
 * Photos are RGB, 8 bits a channel, row by row; the centre of the top left pixel is (0, 0), x to the right, y down.
 * A face is the 468 points of MediaPipe's face mesh, x, y, z in pixels of the photo, z away from the camera.
 */
#ifndef PIXELFES_H
#define PIXELFES_H

@SETTINGS@

typedef struct {
    int32_t movement, teeth, still; /* shares, 24 fractional bits */
    uint16_t amount[PIXELFES_SIDE * PIXELFES_SIDE]; /* how much of the change a grid pixel gets, 15 fractional bits */
} pixelfes_change;

typedef struct {
    int32_t rows[5][PIXELFES_SIDE], sums[PIXELFES_SIDE];
} pixelfes_scratch;

@WORK@

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
