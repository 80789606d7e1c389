/* Reads width, height, intensity, a photo, 468 landmarks, sizes of actions and a gaze from standard input; writes the changed photo. */
#include <stdio.h>
#include <stdlib.h>

#include "pixelfes.h"

static void *take(size_t size)
{
    void *data = malloc(size ? size : 1);
    if (!data || fread(data, 1, size, stdin) != size)
        exit(9);
    return data;
}

int main(void)
{
    int32_t *asked = take(3 * sizeof(int32_t));
    size_t size = 3 * (size_t)asked[0] * (size_t)asked[1];
    uint8_t *in = take(size), *out = calloc(size ? size : 1, 1);
    float(*landmarks)[3] = take(468 * sizeof *landmarks);
    int result = 0;
    if (!out)
        return 9;
#ifdef PIXELFES_POINTS
    pixelfes_work *work = malloc(sizeof *work);
    if (!work)
        return 9;
#ifdef PIXELFES_STORED
    float *sizes = take((PIXELFES_ACTIONS + 2) * sizeof(float));
    result = pixelfes_gaze(sizes, sizes[PIXELFES_ACTIONS], sizes[PIXELFES_ACTIONS + 1]);
    if (result == PIXELFES_OK)
        result = pixelfes_apply(work, in, asked[0], asked[1], (const float(*)[3])landmarks, out, sizes);
    free(sizes);
#else
    result = pixelfes_apply(work, in, asked[0], asked[1], (const float(*)[3])landmarks, out, asked[2]);
#endif
    free(work);
#else
    pixelfes_apply(in, out, asked[2]);
#endif
    if (result == 0 && fwrite(out, 1, size, stdout) != size)
        result = 9;
    free(asked);
    free(in);
    free(out);
    free(landmarks);
    return result < 0 ? 100 - result : result;
}
