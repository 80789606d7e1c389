/* @TITLE@
 *
 * Made by pixelfes @VERSION@ from the model of the expression "@EXPRESSION@". C99, no malloc, no floating point, no global
 * variables; it needs some kilobytes of stack.
 */
#ifndef PIXELFES_H
#define PIXELFES_H

#include <stdint.h>

#define PIXELFES_SIDE @SIDE@

/* Change a registered crop of PIXELFES_SIDE x PIXELFES_SIDE pixels, RGB, 8 bits a channel, row by row: the face upright, its
 * right eye (the one on the left of the picture), left eye and mouth at @ANCHORS@ (x right, y down, the
 * centre of the top left pixel at 0). `out` must not overlap `in`. `intensity_q8` is 256 for the typical expression; it is
 * held within 0 and 384. */
void pixelfes_apply(const uint8_t *in, uint8_t *out, int intensity_q8);

#endif
