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

static int32_t coordinate(int64_t value) /* 32 fractional bits to 18 */
{
    const int64_t most = (int64_t)8000 << 32;
    return (int32_t)down64(value < -most ? -most : value > most ? most : value, 14);
}

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
        int64_t at[4];
        for (int i = 0; i < 4; i++)
            at[i] = map->of[3 * i] * x + map->of[3 * i + 1] * row + map->of[3 * i + 2];
        for (; x < work->drawn_width && labels[x] == label; x++)
            for (int i = 0; i < 4; i++) {
                out[x][i] = coordinate(at[i]);
                at[i] += map->of[3 * i];
            }
    }
}

/* A + (B - A) share, the share with 20 fractional bits. */
static int32_t mixed(int32_t a, int32_t b, int32_t share)
{
    return a + (int32_t)down64(((int64_t)b - a) * share, 20);
}

/* Twice a less b, held within what a coordinate may be. */
static int32_t beyond(int32_t a, int32_t b)
{
    int64_t value = 2 * (int64_t)a - b, most = (int64_t)8000 << 18;
    return (int32_t)(value < -most ? -most : value > most ? most : value);
}

/* A row of drawn pixels, also the ones before the first and after the last, which go on as those beside them do. */
static int32_t value_at(pixelfes_work *work, int32_t row, int32_t x, int i)
{
    int32_t last = work->drawn_height - 1;
    if (row >= 0 && row <= last)
        return work->rows[row % 3][x][i];
    int32_t edge_row = row < 0 ? 0 : last, next = row < 0 ? (last > 0) : (last > 0 ? last - 1 : last);
    return beyond(work->rows[edge_row % 3][x][i], work->rows[next % 3][x][i]);
}

/* Make `between` the drawn coordinates of a row of the box. */
static void between_rows(pixelfes_work *work, int32_t y)
{
    int32_t twice = 2 * work->factor, place = 2 * y + work->factor + 1;
    int32_t above = place / twice - 1, share = (int32_t)(((int64_t)(place % twice) << 20) / twice);
    int32_t needed = least_of(above + 1 > 1 ? above + 1 : 1, work->drawn_height - 1);
    for (; work->row_ready < needed; work->row_ready++)
        drawn_row(work, work->row_ready + 1, work->rows[(work->row_ready + 1) % 3]);
    for (int32_t x = 0; x < work->drawn_width; x++)
        for (int i = 0; i < 4; i++)
            work->between[x][i] = share ? mixed(value_at(work, above, x, i), value_at(work, above + 1, x, i), share)
                                        : value_at(work, above, x, i);
}

/* The coordinates of a pixel of that row: source x, y and grid x, y. */
static void between_columns(const pixelfes_work *work, int32_t x, int32_t out[4])
{
    int32_t twice = 2 * work->factor, place = 2 * x + work->factor + 1, last = work->drawn_width - 1;
    int32_t left = place / twice - 1, share = (int32_t)(((int64_t)(place % twice) << 20) / twice);
    for (int i = 0; i < 4; i++) {
        int32_t first = work->between[0][i], end = work->between[last][i];
        int32_t a = left < 0 ? beyond(first, work->between[last > 0][i]) : work->between[left][i];
        int32_t b = left < last ? work->between[left + 1][i] : beyond(end, work->between[last > 0 ? last - 1 : 0][i]);
        out[i] = share ? mixed(a, b, share) : a;
    }
}
