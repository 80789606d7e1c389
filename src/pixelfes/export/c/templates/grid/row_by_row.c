/* ---- row by row ---- */

/* The intensity at a pixel, less towards the border of the crop; 15 fractional bits. */
static int32_t amount_at(int32_t row, int32_t column, int32_t intensity_q8)
{
    int32_t face = RAMP[row] < RAMP[column] ? RAMP[row] : RAMP[column];
    return face * intensity_q8 >> 8;
}

static int32_t mirrored(int32_t index)
{
    return index < 0 ? -index : index >= PIXELFES_SIDE ? 2 * PIXELFES_SIDE - 2 - index : index;
}

/* Where a change can be seen at all: the mean of the largest over 5 x 5, from one level (0) to three (1); 15 fractional bits. */
static int32_t seen_at(uint16_t (*largest)[PIXELFES_SIDE], int32_t row, int32_t column)
{
    int32_t sum = 0;
    for (int32_t i = -2; i <= 2; i++)
        for (int32_t j = -2; j <= 2; j++)
            sum += largest[mirrored(row + i) % 5][mirrored(column + j)];
    return smooth(held(sum - 1600, 0, 3200) * 32768 / 3200);
}

void pixelfes_apply(const uint8_t *in, uint8_t *out, int intensity_q8)
{
    uint16_t largest[5][PIXELFES_SIDE];
    int16_t change[3][3 * PIXELFES_SIDE];
    int32_t ready = 0, asked = held(intensity_q8, 0, 384);
    for (int32_t row = 0; row < PIXELFES_SIDE; row++) {
        for (; ready < PIXELFES_SIDE && ready <= row + 2; ready++) {
            uint16_t *line = largest[ready % 5];
            change_row(in, ready, change[ready % 3], line);
            for (int32_t x = 0; x < PIXELFES_SIDE; x++)
                line[x] = (uint16_t)held((int32_t)((uint32_t)line[x] * (uint32_t)amount_at(ready, x, asked) >> 15), 0, 65535);
        }
        for (int32_t x = 0; x < PIXELFES_SIDE; x++) {
            int32_t share = amount_at(row, x, asked) * (seen_at(largest, row, x) >> 1) >> 14;
            for (int32_t c = 0; c < 3; c++) {
                int32_t place = 3 * (row * PIXELFES_SIDE + x) + c;
                int32_t level = in[place] * (1 << 21) + share * change[row % 3][3 * x + c] + (1 << 20);
                out[place] = (uint8_t)held(down(level, 21), 0, 255);
            }
        }
    }
}
