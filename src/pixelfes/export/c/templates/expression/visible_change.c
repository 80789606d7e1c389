/* ---- the maps on the model grid ---- */

/* Share of a grid pixel that lies between the lips, 15 fractional bits. */
static int32_t mouth_at(int32_t row, int32_t column)
{
    row -= MOUTH_TOP;
    column -= MOUTH_LEFT;
    return row < 0 || row >= MOUTH_ROWS || column < 0 || column >= MOUTH_COLUMNS ? 0 : MOUTH[row * MOUTH_COLUMNS + column];
}

/* How deep between the lips a grid pixel lies, 15 fractional bits. */
static int32_t deep_at(int32_t row, int32_t column)
{
    row -= MOUTH_TOP;
    column -= MOUTH_LEFT;
    return row < 0 || row >= MOUTH_ROWS || column < 0 || column >= MOUTH_COLUMNS ? 0 : DEEP[row * MOUTH_COLUMNS + column];
}

/* How much of the change a grid pixel gets, 24 fractional bits. */
static int32_t amount_at(const pixelfes_work *work, int32_t row, int32_t column, int32_t mouth)
{
    int64_t amount = work->own.movement + down64((int64_t)(work->own.teeth - work->own.movement) * mouth, 15);
    return (int32_t)(amount * FACE[row * PIXELFES_SIDE + column] >> 15);
}

/* The largest change of weight or bias at a grid pixel, 24 fractional bits. */
static int32_t largest_at(const pixelfes_work *work, int32_t row, int32_t column)
{
    int32_t place = row * PIXELFES_SIDE + column, mouth = mouth_at(row, column);
    int64_t amount = amount_at(work, row, column, mouth), largest = 0;
    for (int c = 0; c < 3 && amount; c++) {
        int64_t light = work->skin[c] + (mouth ? down64((int64_t)(work->white[c] - work->skin[c]) * mouth, 15) : 0);
        int64_t bias = half(BIAS[place * MAPS + c % MAPS]);
        bias = times(times(bias < 0 ? -bias : bias, light), amount);
        largest = bias > largest ? bias : largest;
        if (c < MAPS) {
            int64_t weight = half(WEIGHT[place * MAPS + c]) - 16777216;
            weight = times(weight < 0 ? -weight : weight, amount);
            largest = weight > largest ? weight : largest;
        }
    }
    return (int32_t)(largest > 1 << 26 ? 1 << 26 : largest);
}

static int32_t mirrored(int32_t index)
{
    return index < 0 ? -index : index >= PIXELFES_SIDE ? 2 * PIXELFES_SIDE - 2 - index : index;
}

/* How much of the change each grid pixel gets: none where it could not be seen, which is where the mean of the largest over
 * 5 x 5 is below one level; all that there is from three levels on. */
static void see(pixelfes_work *work)
{
    const int32_t level = 25 * 16777216 / 255;
    int32_t(*rows)[PIXELFES_SIDE] = work->scratch.begun.of.own.rows, *sums = work->scratch.begun.of.own.sums;
    int32_t ready = 0;
    for (int32_t row = 0; row < PIXELFES_SIDE; row++) {
        for (; ready < PIXELFES_SIDE && ready <= row + 2; ready++)
            for (int32_t column = 0; column < PIXELFES_SIDE; column++)
                rows[ready % 5][column] = largest_at(work, ready, column);
        for (int32_t column = 0; column < PIXELFES_SIDE; column++) {
            sums[column] = 0;
            for (int32_t i = -2; i <= 2; i++)
                sums[column] += rows[mirrored(row + i) % 5][column];
        }
        for (int32_t column = 0; column < PIXELFES_SIDE; column++) {
            int32_t above = -level;
            for (int32_t j = -2; j <= 2; j++)
                above += sums[mirrored(column + j)];
            uint16_t *amount = &work->own.amount[row * PIXELFES_SIDE + column];
            *amount = 0;
            if (above > 0) {
                int32_t share = smooth(held((held(above, 0, 2 * level) << 9) / (2 * level >> 6), 0, 32768));
                int64_t whole = amount_at(work, row, column, mouth_at(row, column));
                int32_t seen = held((int32_t)(whole * share >> 24), 0, 65535);
                *amount = (uint16_t)(seen ? seen : 1);
            }
        }
    }
}

static int is_seen(const pixelfes_work *work, int32_t place)
{
    return work->own.amount[place] != 0;
}
