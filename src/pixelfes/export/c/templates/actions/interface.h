/* @TITLE@
 *
 * Made by pixelfes @VERSION@ from its facial actions. C99, no malloc, no global variables.
 *
 * Photos are RGB, 8 bits a channel, row by row; the centre of the top left pixel is (0, 0), x to the right, y down.
 * A face is the 468 points of MediaPipe's face mesh, x, y, z in pixels of the photo, z away from the camera.
 * L and R are the person's own sides. An action of size 1 is the extreme of the head that it was measured on.
 */
#ifndef PIXELFES_H
#define PIXELFES_H

@SETTINGS@

/* Side of the stored shadings. */
#define PIXELFES_STORED @STORED@

/* An action that was left out when compiling has a size above 0. */
enum { PIXELFES_NOT_CHOSEN = -3 };

/* What is compiled: everything, or with -DPIXELFES_ONLY only what is asked for, like -DPIXELFES_HAS_JAW_OPEN. What is left out
 * takes no flash. */
#ifdef PIXELFES_ONLY
#define PIXELFES_DEFAULT 0
#else
#define PIXELFES_DEFAULT 1
#endif
@CHOICE@

/* Whether the inside of a mouth that opens is drawn. */
#ifndef PIXELFES_MOUTH
#define PIXELFES_MOUTH (@OPENING@)
#endif

/* Whether the eyeball is drawn behind lids that move, and the skin of lids that close. */
#ifndef PIXELFES_EYES
#define PIXELFES_EYES (@LIDS@)
#endif

/* The places of the actions in a vector of sizes. */
enum {
@PLACES@
    PIXELFES_ACTIONS
};

/* The upper or the lower line of an opening: heights at places that are evenly spaced, local, 24 fractional bits. */
#define PIXELFES_FINE 64
typedef struct {
    int32_t v[PIXELFES_FINE], start, each;
} pixelfes_line_of;

typedef struct {
    pixelfes_line_of line[2];
    int32_t left, right, height;
} pixelfes_edges;

/* An opening of the face, and the box of the photo around it. */
typedef struct {
    int32_t left, top, right, bottom, soft;
    int64_t local[2][3]; /* u and v, each a x + b y + c, 32 fractional bits */
    pixelfes_edges before, after;
} pixelfes_opening;

#if PIXELFES_MOUTH
typedef struct {
    pixelfes_opening opening;
    int32_t dark[3], tongue[3], gum[3], teeth[2][3], shown[2]; /* 15 fractional bits */
    int32_t middle[2], own_gap, own, wide, still, narrow;
    int32_t lower_from, teeth_each, gum_line, tooth_turns, tongue_shown, tongue_height, tongue_edge;
} pixelfes_mouth;
#endif

#if PIXELFES_EYES
/* A Gaussian blur: half of its kernel, 24 fractional bits. */
#define PIXELFES_BLUR 31
typedef struct {
    int32_t reach;
    int32_t kernel[PIXELFES_BLUR + 1];
} pixelfes_blur;

typedef struct {
    pixelfes_opening opening;
    int64_t to_photo[2][3]; /* from u and v to pixels, 41 fractional bits */
    int32_t shift[2], gazes, shut, shows_ball, shows_lid;
    int32_t above, below, centre[2], radius, per_radius, rings[12][3], whites[2][2][3];
    pixelfes_line_of start, given, brow;
    pixelfes_blur blur[2];
    int32_t lash[3], gain, closing, lashes;
} pixelfes_eye;
#endif

typedef struct {
    int16_t weight[PIXELFES_SIDE * PIXELFES_SIDE]; /* the change of the weight, 16 fractional bits */
#if PIXELFES_MOUTH
    pixelfes_mouth mouth;
#endif
#if PIXELFES_EYES
    pixelfes_eye eyes[2]; /* the left, the right */
#endif
} pixelfes_change;

typedef union {
    struct {
        double of_lids[2][16][3], of_blink[2][16][3];
    } lids;
    struct {
        int16_t stored[PIXELFES_STORED][PIXELFES_STORED]; /* steps of shading, 6 fractional bits */
        int32_t tall[PIXELFES_STORED], line[PIXELFES_SIDE];
    } shading;
} pixelfes_scratch;

@WORK@

/* Change one face of a photo: all of it at once. `out` must not overlap `in`. `sizes` has the size of each action, at most 10;
 * sizes are cut where the head's extremes end. Returns PIXELFES_OK, or what is wrong; `out` is then as it was. */
int pixelfes_apply(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3], uint8_t *out,
    const float sizes[PIXELFES_ACTIONS]);

/* The same line by line, for which no second photo is needed: `in` has to stay as it is until the last line is out. */
int pixelfes_begin(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3],
    const float sizes[PIXELFES_ACTIONS]);
void pixelfes_line(pixelfes_work *work, uint8_t *line); /* the next of `height` lines, each of 3 * width bytes */

/* Add the actions of eyes that look so many degrees to the person's left and up, each from -45 to 45. */
int pixelfes_gaze(float sizes[PIXELFES_ACTIONS], float left, float up);

#endif
