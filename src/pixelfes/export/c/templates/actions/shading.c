/* ---- the change of the weight on the model grid ---- */

/* Add the stored shading of an action: rows of a start, a count, and so many steps. */
static void add_shading(int16_t stored[][PIXELFES_STORED], const stored_t *of, int mirror, double size)
{
    const int8_t *next = of->shading;
    int32_t share = (int32_t)floor(size * 4096 + 0.5);
    for (int row = of->top; row < of->bottom; row++) {
        int column = *next++;
        for (int count = *next++; count > 0; count--, column++) {
            int16_t *value = &stored[row][mirror ? PIXELFES_STORED - 1 - column : column];
            *value = (int16_t)held(*value + down(*next++ * share + 32, 6), -32768, 32767);
        }
    }
}

/* Enlarge a row twice by a cubic: down first, then along it. The logarithm has 24 fractional bits. */
static void enlarge_row(pixelfes_scratch *scratch, int row)
{
    int32_t *tall = scratch->shading.tall, *line = scratch->shading.line;
    int16_t (*stored)[PIXELFES_STORED] = scratch->shading.stored;
    for (int x = 0; x < PIXELFES_STORED; x++) {
        tall[x] = 0;
        for (int i = 0; i < 4; i++)
            tall[x] += TWICE[row & 1][i] * stored[held((row + 1) / 2 - 2 + i, 0, PIXELFES_STORED - 1)][x];
    }
    for (int x = 0; x < PIXELFES_SIDE; x++) {
        int64_t sum = 0;
        for (int i = 0; i < 4; i++)
            sum += (int64_t)TWICE[x & 1][i] * tall[held((x + 1) / 2 - 2 + i, 0, PIXELFES_STORED - 1)];
        line[x] = (int32_t)down64(down64(sum, 8) * SHADING_UNIT, 26); /* 6 + 14 + 14 - 8 bits, times 24 */
    }
}

/* Add the furrows of a row. */
static void add_furrows(int32_t *line, int row, const double *sizes, double share)
{
    for (int f = 0; f < 2 * FURROWS_COUNT; f++) {
        const furrow_t *furrow = &FURROWS[f / 2];
        double size = sizes[furrow->action[f % 2]];
        if (!furrow->picture || size <= 0 || row < furrow->top || row >= furrow->top + furrow->rows)
            continue;
        int32_t depth = to_fixed(share * size * furrow->depth / FURROW_STEPS);
        const int8_t *picture = furrow->picture + (row - furrow->top) * furrow->columns;
        for (int i = 0; i < furrow->columns; i++)
            line[f % 2 ? PIXELFES_SIDE - 1 - furrow->left - i : furrow->left + i] += depth * picture[i];
    }
}

/* e^x - 1, 24 fractional bits, for logarithms of shading */
static int64_t exp_less_one(int64_t x)
{
    int64_t sum = 16777216 + x / 7;
    for (int n = 6; n > 1; n--)
        sum = 16777216 + times(x, sum) / n;
    return times(x, sum);
}

/* The mean colour of cheeks and forehead stays. */
static void calm(pixelfes_work *work)
{
    int64_t part = 0, whole = 0;
    for (int i = 0; i < PIXELFES_SIDE * PIXELFES_SIDE; i++) {
        int32_t share = CALM[i] * 128;
        part += (int64_t)share * work->own.weight[i];
        whole += (int64_t)share * share;
    }
    int64_t excess = part * 32768 / (whole / 32768); /* 30 fractional bits */
    for (int i = 0; i < PIXELFES_SIDE * PIXELFES_SIDE; i++) {
        int64_t weight = work->own.weight[i] - down64(excess * CALM[i] + (1 << 22), 23);
        work->own.weight[i] = (int16_t)held((int32_t)weight, -32768, 32767);
    }
}

/* Shade the model grid by actions of these sizes, with this share of their furrows. */
static void shade(pixelfes_work *work, const double *sizes, double furrowed)
{
    pixelfes_scratch *scratch = &work->scratch.begun.of.own;
    memset(scratch, 0, sizeof *scratch);
    for (int k = 0; k < PIXELFES_ACTIONS; k++)
        if (sizes[k] > 0)
            add_shading(scratch->shading.stored, &STORED[ACTION_STORED[k]], ACTION_MIRRORED[k], sizes[k]);
    for (int row = 0; row < PIXELFES_SIDE; row++) {
        enlarge_row(scratch, row);
        if (furrowed > 0)
            add_furrows(scratch->shading.line, row, sizes, furrowed);
        for (int x = 0; x < PIXELFES_SIDE; x++) {
            int32_t place = row * PIXELFES_SIDE + x;
            int32_t logarithm = held(scratch->shading.line[x], DARKEST_SHADE, BRIGHTEST_SHADE);
            work->own.weight[place] = (int16_t)down64(exp_less_one(logarithm) * SHADED[place] + 32768, 16);
        }
    }
    calm(work);
}

static int is_seen(const pixelfes_work *work, int32_t place)
{
    return work->own.weight[place] > 128 || work->own.weight[place] < -128; /* 1/512 */
}
