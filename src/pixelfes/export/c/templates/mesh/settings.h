#include <stdint.h>

#define PIXELFES_POINTS 468
#define PIXELFES_VERTICES 504
#define PIXELFES_TRIANGLES @TRIANGLES@
#define PIXELFES_SIDE @SIDE@

/* @DRAWN@ Memory grows
 * with it, 80 bytes a pixel. */
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
