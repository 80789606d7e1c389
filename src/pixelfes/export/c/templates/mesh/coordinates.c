/* ---- where every pixel comes from, and where it lies on the model grid ---- */

static int64_t wide_fixed(double value)
{
    double rounded = (float)value;
    return (int64_t)((rounded < -1e5 ? -1e5 : rounded > 1e5 ? 1e5 : rounded) * 4294967296.0);
}

/* The affine maps of a triangle, from drawn pixels to the photo and to the grid. */
static const pixelfes_map *map_of(pixelfes_work *work, int32_t t)
{
    pixelfes_map *map = &work->scratch.maps[t % PIXELFES_KEPT];
    if (map->triangle == t)
        return map;
    const uint16_t *corner = TRIANGLES[t];
    double (*drawn)[2] = work->there, *a = drawn[corner[0]];
    double ux = drawn[corner[1]][0] - a[0], uy = drawn[corner[1]][1] - a[1];
    double vx = drawn[corner[2]][0] - a[0], vy = drawn[corner[2]][1] - a[1];
    double area = ux * vy - uy * vx;
    int flat = fabs(area) < FLAT;
    double inverse = flat ? 0 : 1 / area;
    for (int i = 0; i < 4; i++) {
        double goal[3];
        for (int k = 0; k < 3; k++)
            goal[k] = i < 2 ? work->here[corner[k]][i] : GRID_VERTICES[corner[k]][i - 2] / 65536.0;
        double p = goal[1] - goal[0], q = goal[2] - goal[0];
        double along_x = (p * vy - q * uy) * inverse, along_y = (q * ux - p * vx) * inverse;
        double anchor = flat ? (goal[0] + goal[1] + goal[2]) / 3 : goal[0];
        map->of[3 * i] = wide_fixed(along_x);
        map->of[3 * i + 1] = wide_fixed(along_y);
        map->of[3 * i + 2] = wide_fixed(anchor - along_x * a[0] - along_y * a[1]);
    }
    map->triangle = t;
    return map;
}

/* How many bits a number has. */
static int bits_of(uint32_t value)
{
#ifdef __GNUC__
    return value ? 32 - __builtin_clz(value) : 0;
#else
    int bits = 0;
    for (; value; value >>= 1)
        bits++;
    return bits;
#endif
}

/* Round to 24 significant bits, halves to even: what single precision keeps. The photo is read in steps of 1/32 of a pixel, and
 * which step it is can hang on the last of those bits. */
static int64_t single(int64_t value)
{
    uint64_t size = value < 0 ? (uint64_t)-value : (uint64_t)value;
    uint64_t more = size >> 24;
    int bits = more >> 32 ? 32 + bits_of((uint32_t)(more >> 32)) : bits_of((uint32_t)more);
    if (bits)
        size = (size + ((uint64_t)1 << (bits - 1)) - 1 + (size >> bits & 1)) >> bits << bits;
    return value < 0 ? -(int64_t)size : (int64_t)size;
}

static int32_t coordinate(int64_t value) /* 32 fractional bits to 18 */
{
    const int64_t most = (int64_t)8000 << 32;
    return (int32_t)down64(value < -most ? -most : value > most ? most : value, 14);
}

/* A coordinate of 18 fractional bits in 32nds, halves to even. */
static int32_t in_32nds(int32_t value)
{
    int32_t up = value + 4096, whole = down(up, 13);
    return whole - ((up & 8191) == 0 && (whole & 1));
}

#ifdef MOUTH_ROWS /* a model of one expression */
/* Hold a drawn pixel deep in the mouth where it is, as far as it should stay: teeth are fixed to the skull. */
static void hold(const pixelfes_work *work, int32_t itself_x, int32_t itself_y, int32_t at[4])
{
    int32_t x = in_32nds(at[2]), y = in_32nds(at[3]), right = x & 31, below = y & 31;
    x = down(x, 5);
    y = down(y, 5);
    int32_t deep = (deep_at(y, x) * (32 - right) + deep_at(y, x + 1) * right) * (32 - below) +
                   (deep_at(y + 1, x) * (32 - right) + deep_at(y + 1, x + 1) * right) * below; /* 25 bits */
    int64_t share = down64((int64_t)deep * work->own.still, 25);
    at[0] += (int32_t)down64((itself_x - at[0]) * share, 24);
    at[1] += (int32_t)down64((itself_y - at[1]) * share, 24);
}
#endif

/* Work out a drawn row: the pixels of no triangle stay where they are and lie nowhere on the grid. */
static void drawn_row(pixelfes_work *work, int32_t row, int32_t (*out)[4])
{
    const int16_t *labels = work->labels[row % PIXELFES_BAND];
    const int32_t middle = (work->factor - 1) * (1 << 17), step = work->factor * (1 << 18);
    draw_band(work, row);
    for (int32_t x = 0; x < work->drawn_width;) {
        int16_t label = labels[x];
        if (label < 0) {
            out[x][0] = x * step + middle;
            out[x][1] = row * step + middle;
            out[x][2] = out[x][3] = NOWHERE;
            x++;
            continue;
        }
        const pixelfes_map *map = map_of(work, label);
        int64_t across[4], down_to[2], at;
        for (int i = 0; i < 4; i++)
            across[i] = map->of[3 * i] * x + (i < 2 ? 0 : map->of[3 * i + 1] * row + map->of[3 * i + 2]);
        for (int i = 0; i < 2; i++)
            down_to[i] = single(map->of[3 * i + 1] * row);
        for (; x < work->drawn_width && labels[x] == label; x++) {
            for (int i = 0; i < 4; i++) {
                at = i < 2 ? single(single(single(across[i]) + down_to[i]) + map->of[3 * i + 2]) : across[i];
                out[x][i] = coordinate(at);
                across[i] += map->of[3 * i];
            }
#ifdef MOUTH_ROWS
            if (work->own.still)
                hold(work, x * step + middle, row * step + middle, out[x]);
#endif
        }
    }
}

/* Twice a less b, held within what a coordinate may be. */
static int32_t beyond(int32_t a, int32_t b)
{
    int64_t value = single(2 * (int64_t)a - b), most = (int64_t)8000 << 18;
    return (int32_t)(value < -most ? -most : value > most ? most : value);
}

/* Between a and b, the share of b with 24 fractional bits, in single precision. */
static int32_t mixed(int32_t a, int32_t b, int32_t share)
{
    return share ? (int32_t)down64(single(single((int64_t)a * ((1 << 24) - share)) + single((int64_t)b * share)), 24) : a;
}

/* Two neighbours of drawn pixels, and the share of the second, 24 fractional bits; -1 and the last but one are beyond them. */
static int32_t neighbours(const pixelfes_work *work, int32_t place, int32_t *share)
{
    int32_t twice = 2 * work->factor, position = 2 * place + work->factor + 1;
    *share = (int32_t)(((int64_t)(position % twice) << 24) / twice);
    return position / twice - 1;
}

/* A drawn row, also the ones before the first and after the last, which go on as those beside them do. */
static const int32_t (*row_at(pixelfes_work *work, int32_t row))[4]
{
    int32_t last = work->drawn_height - 1, end = row < 0 ? 0 : last, next = row < 0 ? (last > 0) : last > 0 ? last - 1 : 0;
    if (row >= 0 && row <= last)
        return (const int32_t(*)[4])work->rows[row % 3];
    for (int32_t x = 0; x < work->drawn_width; x++)
        for (int i = 0; i < 4; i++)
            work->outer[x][i] = beyond(work->rows[end % 3][x][i], work->rows[next % 3][x][i]);
    return (const int32_t(*)[4])work->outer;
}

/* The drawn rows above and below a row of the box, and the share of the one below. */
typedef struct {
    const int32_t (*above)[4], (*below)[4];
    int32_t share;
} rows_t;

static rows_t rows_around(pixelfes_work *work, int32_t y)
{
    rows_t rows;
    int32_t above = neighbours(work, y, &rows.share), last = work->drawn_height - 1;
    int32_t needed = least_of(above + 1 > 1 ? above + 1 : 1, last);
    for (; work->row_ready < needed; work->row_ready++)
        drawn_row(work, work->row_ready + 1, work->rows[(work->row_ready + 1) % 3]);
    rows.above = row_at(work, above);
    rows.below = rows.share ? row_at(work, above + 1) : rows.above;
    return rows;
}

/* A coordinate in a drawn row, first between its pixels. */
static int32_t along(const pixelfes_work *work, const int32_t (*row)[4], int32_t left, int32_t share, int i)
{
    int32_t last = work->drawn_width - 1;
    int32_t a = left < 0 ? beyond(row[0][i], row[last > 0][i]) : row[left][i];
    int32_t b = left < last ? row[left + 1][i] : beyond(row[last][i], row[last > 0 ? last - 1 : 0][i]);
    return mixed(a, b, share);
}

/* The coordinates of a pixel: source x, y and grid x, y. */
static void coordinates(const pixelfes_work *work, const rows_t *rows, int32_t x, int32_t out[4])
{
    int32_t share, left = neighbours(work, x, &share);
    for (int i = 0; i < 4; i++) {
        int32_t above = along(work, rows->above, left, share, i);
        out[i] = rows->share ? mixed(above, along(work, rows->below, left, share, i), rows->share) : above;
    }
}
