/* ---- drawing triangles, a band of rows at a time: the pixels that OpenCV's fillConvexPoly covers ---- */

typedef struct {
    pixelfes_work *work;
    int32_t top, rows; /* the band, in drawn pixels */
    int16_t label;
} brush_t;

static void put(const brush_t *brush, int32_t x, int32_t y)
{
    y -= brush->top;
    if (x >= 0 && x < brush->work->drawn_width && y >= 0 && y < brush->rows)
        brush->work->labels[y][x] = brush->label;
}

static int outside(int32_t value, int32_t last)
{
    return value < 0 ? 1 : value > last ? 2 : 0;
}

static int32_t share(int32_t part, int32_t along, int32_t whole)
{
    return (int32_t)((double)part * along / whole);
}

/* Cut a line to the picture; 16 fractional bits. Returns whether anything of it is left. */
static int clip(const pixelfes_work *work, int32_t p[2][2])
{
    const int32_t last[2] = {work->drawn_width * 65536 - 1, work->drawn_height * 65536 - 1};
    for (int a = 1; a >= 0; a--) {
        int one = outside(p[0][a], last[a]), two = outside(p[1][a], last[a]);
        if (one && one == two)
            return 0;
        if (a && outside(p[0][0], last[0]) && outside(p[0][0], last[0]) == outside(p[1][0], last[0]))
            return 0;
        for (int end = 0; end < 2; end++) {
            int32_t goal = held(p[end][a], 0, last[a]), *point = p[end];
            if (goal != point[a]) {
                point[1 - a] += share(goal - point[a], p[1][1 - a] - p[0][1 - a], p[1][a] - p[0][a]);
                point[a] = goal;
            }
        }
    }
    return 1;
}

static void draw_line(const brush_t *brush, const int16_t from[2], const int16_t to[2])
{
    int32_t p[2][2] = {{from[0] * 4096, from[1] * 4096}, {to[0] * 4096, to[1] * 4096}};
    if (!clip(brush->work, p))
        return;
    int32_t dx = p[1][0] - p[0][0], dy = p[1][1] - p[0][1];
    int flat = (dx < 0 ? -dx : dx) > (dy < 0 ? -dy : dy), main = flat ? 0 : 1, back = (flat ? dx : dy) < 0;
    const int32_t *a = p[back], *b = p[!back];
    put(brush, down(b[0] + 32768, 16), down(b[1] + 32768, 16));
    int32_t length = b[main] - a[main], slope = (int32_t)((int64_t)(b[1 - main] - a[1 - main]) * 65536 / (length | 1));
    int32_t along = down(a[main] + 32768, 16), across = a[1 - main] + 32768;
    for (int32_t left = length >> 16; left >= 0; left--, along++, across += slope)
        put(brush, flat ? along : down(across, 16), flat ? down(across, 16) : along);
}

/* Where the way from one corner over a second to a third crosses a row; 16 fractional bits. */
static int32_t edge(int32_t row, const int16_t *a, const int16_t *b, const int16_t *c)
{
    int32_t end = down(b[1] + 8, 4);
    const int16_t *from = row < end ? a : b, *to = row < end ? b : c;
    int32_t start = down(from[1] + 8, 4), rows = down(to[1] + 8, 4) - start;
    int32_t slope = ((to[0] - from[0]) * 8192 + rows) / (2 * rows);
    return from[0] * 4096 + slope * (row - start);
}

static void draw_triangle(const brush_t *brush, const uint16_t *triangle)
{
    const int16_t *v[3];
    int first = 0;
    for (int i = 0; i < 3; i++) {
        v[i] = brush->work->corner[triangle[i]];
        first = v[i][1] < v[first][1] ? i : first;
    }
    const int16_t *a = v[first], *b = v[(first + 1) % 3], *c = v[(first + 2) % 3];
    int32_t top = down(a[1] + 8, 4), bottom = down((b[1] > c[1] ? b[1] : c[1]) + 8, 4);
    if (bottom < brush->top - 1 || top > brush->top + brush->rows)
        return;
    for (int i = 0; i < 3; i++)
        draw_line(brush, v[(i + 2) % 3], v[i]);
    for (int32_t row = held(brush->top, top, bottom); row < bottom && row < brush->top + brush->rows; row++) {
        int32_t one = edge(row, a, b, c), two = edge(row, a, c, b);
        int32_t left = down((one < two ? one : two) + 32768, 16), right = down((one < two ? two : one) + 32768, 16);
        for (int32_t x = left < 0 ? 0 : left; x <= right && x < brush->work->drawn_width; x++)
            put(brush, x, row);
    }
}

/* Draw the band of rows that holds a row, unless it is the one in hand. */
static void draw_band(pixelfes_work *work, int32_t row)
{
    brush_t brush = {work, row / PIXELFES_BAND * PIXELFES_BAND, PIXELFES_BAND, 0};
    if (work->band == brush.top)
        return;
    work->band = brush.top;
    memset(work->labels, 0xff, sizeof work->labels);
    for (int32_t i = 0; i < work->count; i++) {
        brush.label = (int16_t)work->order[i];
        draw_triangle(&brush, TRIANGLES[work->order[i]]);
    }
}
