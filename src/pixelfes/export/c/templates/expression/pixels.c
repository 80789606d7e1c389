/* ---- the pixels ---- */

/* Add what the maps say at one grid pixel, times a share of 28 fractional bits: change of weight, bias, and bias between the
 * lips, each with 20 + 28 fractional bits. */
static void add_entry(const pixelfes_work *work, int32_t row, int32_t column, int32_t share, int64_t (*sum)[3])
{
    int32_t place = row * PIXELFES_SIDE + column;
    if (row < 0 || row >= PIXELFES_SIDE || column < 0 || column >= PIXELFES_SIDE || !work->own.amount[place])
        return;
    int32_t mouth = mouth_at(row, column), amount = work->own.amount[place];
    for (int m = 0; m < MAPS; m++) {
        int32_t weight = half(WEIGHT[place * MAPS + m]) - 16777216, bias = half(BIAS[place * MAPS + m]);
        int32_t part = (int32_t)down64((int64_t)bias * amount, 19);
        sum[m][0] += (int64_t)(int32_t)down64((int64_t)weight * amount, 19) * share;
        sum[m][1] += (int64_t)part * share;
        if (mouth)
            sum[m][2] += down64((int64_t)part * mouth, 15) * share;
    }
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
    if (intensity_q8 < 0 || intensity_q8 > 384 || !takes(work, in, width, height, landmarks))
        return PIXELFES_BAD_INPUT;
    if (intensity_q8 == 0)
        return PIXELFES_OK;
    read_light(work, landmarks);
    plan(work, landmarks, intensity_q8 / 256.0, teeth_share(work, landmarks));
    see(work);
    return place(work, eye_distance(landmarks));
}

void pixelfes_line(pixelfes_work *work, uint8_t *line)
{
    skin_line(work, work->next++, line);
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
