/* ---- the pixels ---- */

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

/* Add what the maps say at one grid pixel, times a share of 28 fractional bits: change of weight, bias, and bias between the
 * lips, each with 20 + 28 fractional bits. */
static void add_entry(const pixelfes_work *work, int32_t row, int32_t column, int32_t share, int64_t (*sum)[3])
{
    int32_t place = row * PIXELFES_SIDE + column;
    if (row < 0 || row >= PIXELFES_SIDE || column < 0 || column >= PIXELFES_SIDE || !work->amount[place])
        return;
    int32_t mouth = mouth_at(row, column), amount = work->amount[place];
    for (int m = 0; m < MAPS; m++) {
        int32_t weight = half(WEIGHT[place * MAPS + m]) - 16777216, bias = half(BIAS[place * MAPS + m]);
        int32_t part = (int32_t)down64((int64_t)bias * amount, 19);
        sum[m][0] += (int64_t)(int32_t)down64((int64_t)weight * amount, 19) * share;
        sum[m][1] += (int64_t)part * share;
        if (mouth)
            sum[m][2] += down64((int64_t)part * mouth, 15) * share;
    }
}

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

/* One pixel: the photo where it comes from, times its weight, plus its bias in the light of the photo. */
static void change(const pixelfes_work *work, const int32_t at[4], uint8_t *out)
{
    int32_t colour[3];
    int64_t sum[MAPS][3] = {{0}};
    sample(work, at, colour);
    int known = look_up(work, at + 2, sum);
    for (int c = 0; c < 3; c++) {
        int64_t weight = down64(sum[c % MAPS][0], 28), bias = down64(sum[c % MAPS][1], 28), teeth = down64(sum[c % MAPS][2], 28);
        int64_t lit = down64(255 * ((bias - teeth) * work->skin[c] + teeth * work->white[c]), 24);
        int64_t level = colour[c] + down64(colour[c] * weight + lit + (1 << 19), 20);
        out[c] = (uint8_t)(!known ? colour[c] : level < 0 ? 0 : level > 255 ? 255 : level);
    }
}

int pixelfes_begin(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3],
    int intensity_q8)
{
    if (!work || !in || !landmarks || width < 1 || height < 1 || width > 4096 || height > 4096)
        return PIXELFES_BAD_INPUT;
    for (int i = 0; i < 3 * PIXELFES_POINTS; i++) {
        float value = landmarks[i / 3][i % 3];
        if (!(value > -1e6f && value < 1e6f))
            return PIXELFES_BAD_INPUT;
    }
    if (intensity_q8 < 0 || intensity_q8 > 384 || eye_distance(landmarks) < 1e-6)
        return PIXELFES_BAD_INPUT;
    work->photo = in;
    work->width = width;
    work->height = height;
    work->next = work->left = work->right = work->top = work->bottom = 0;
    if (intensity_q8 == 0)
        return PIXELFES_OK;
    read_light(work, landmarks);
    plan(work, landmarks, intensity_q8 / 256.0, teeth_share(work, landmarks));
    see(work);
    int result = place(work, eye_distance(landmarks));
    for (int i = 0; i < PIXELFES_KEPT; i++)
        work->scratch.maps[i].triangle = -1;
    return result;
}

void pixelfes_line(pixelfes_work *work, uint8_t *line)
{
    int32_t y = work->next++;
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

int pixelfes_apply(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3], uint8_t *out,
    int intensity_q8)
{
    int result = out ? pixelfes_begin(work, in, width, height, landmarks, intensity_q8) : PIXELFES_BAD_INPUT;
    for (int y = 0; result == PIXELFES_OK && y < height; y++)
        pixelfes_line(work, out + 3 * ((int64_t)y * width));
    return result;
}
