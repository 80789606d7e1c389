/* ---- the photo and the maps at a place ---- */

/* The photo at a place of the box, 18 fractional bits, in 1/32 of a pixel, by a cubic; beyond the box its border goes on. */
static void sample(const pixelfes_work *work, const int32_t place[2], int32_t colour[3])
{
    int32_t x = in_32nds(place[0]), y = in_32nds(place[1]), sum[3] = {16384, 16384, 16384};
    int32_t right = x & 31, below = y & 31, width = work->right - work->left, height = work->bottom - work->top;
    x = down(x, 5);
    y = down(y, 5);
    if (!right && !below) {
        const uint8_t *pixel =
            pixel_at(work, work->left + held(x, 0, width - 1), work->top + held(y, 0, height - 1));
        for (int c = 0; c < 3; c++)
            colour[c] = pixel[c];
        return;
    }
    const int16_t *weight = CUBIC[32 * below + right];
    for (int i = -1; i < 3; i++) {
        const uint8_t *row = pixel_at(work, work->left, work->top + held(y + i, 0, height - 1));
        for (int j = -1; j < 3; j++, weight++) {
            const uint8_t *pixel = row + 3 * held(x + j, 0, width - 1);
            for (int c = 0; c < 3; c++)
                sum[c] += pixel[c] * *weight;
        }
    }
    for (int c = 0; c < 3; c++)
        colour[c] = held(down(sum[c], 15), 0, 255);
}

static void add_entry(const pixelfes_work *work, int32_t row, int32_t column, int32_t share, int64_t (*sum)[3]);

/* The maps at a place of the grid, 18 fractional bits: enlarged three times by a cubic, and read linearly between. */
static int look_up(const pixelfes_work *work, const int32_t place[2], int64_t (*sum)[3])
{
    const int32_t most = (PIXELFES_SIDE + 1) * (1 << 18);
    int32_t base[2];
    const int16_t *taps[2];
    for (int a = 0; a < 2; a++) {
        if (place[a] < -(1 << 19) || place[a] > most)
            return 0;
        int32_t fine = down(3 * place[a] + 4096, 13) + 128, whole = fine < 0 ? -1 : fine / 96, rest = fine - 96 * whole;
        base[a] = whole - 2 - (rest < 32);
        taps[a] = TAPS[rest];
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; taps[1][i] && j < 4; j++)
            if (taps[0][j])
                add_entry(work, base[1] + i, base[0] + j, taps[1][i] * taps[0][j], sum);
    return 1;
}

static void change(const pixelfes_work *work, const int32_t at[4], uint8_t *out);

/* A line of the photo, warped and changed. */
static void skin_line(pixelfes_work *work, int32_t y, uint8_t *line)
{
    memcpy(line, pixel_at(work, 0, y), 3 * (size_t)work->width);
    if (y < work->top || y >= work->bottom || work->left == work->right)
        return;
    rows_t rows = rows_around(work, y - work->top);
    for (int32_t x = work->left; x < work->right; x++) {
        int32_t at[4];
        coordinates(work, &rows, x - work->left, at);
        change(work, at, line + 3 * x);
    }
}
