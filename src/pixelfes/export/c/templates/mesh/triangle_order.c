/* ---- which triangles are drawn, and in which order ---- */

static double cross(double (*points)[2], const uint16_t *triangle)
{
    const double *a = points[triangle[0]], *b = points[triangle[1]], *c = points[triangle[2]];
    return -((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/* Whether a triangle is less than a pixel high. */
static int is_sliver(double (*points)[2], const uint16_t *triangle)
{
    double longest = 0, area = fabs(cross(points, triangle));
    for (int i = 0; i < 3; i++) {
        const double *a = points[triangle[i]], *b = points[triangle[(i + 2) % 3]];
        double length = sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
        longest = length > longest ? length : longest;
    }
    return area < longest;
}

/* Whether anything is seen within four grid pixels of a vertex of the reference shape that lies on the grid. */
static int seen_at(const pixelfes_work *work, int vertex)
{
    if (GRID_PLACE[vertex] == 0xffffffffu)
        return 0;
    int32_t row = (int32_t)(GRID_PLACE[vertex] / PIXELFES_SIDE), column = (int32_t)(GRID_PLACE[vertex] % PIXELFES_SIDE);
    for (int32_t y = held(row - 4, 0, row); y <= row + 4 && y < PIXELFES_SIDE; y++)
        for (int32_t x = held(column - 4, 0, column); x <= column + 4 && x < PIXELFES_SIDE; x++)
            if (is_seen(work, y * PIXELFES_SIDE + x))
                return 1;
    return 0;
}

/* Find the triangles in which anything moves or changes, and the box of the photo around them. */
static void find_box(pixelfes_work *work)
{
    double low[2] = {0, 0}, high[2] = {0, 0};
    uint8_t changing[(PIXELFES_VERTICES + 7) / 8] = {0};
    work->count = 0;
    for (int i = 0; i < PIXELFES_VERTICES; i++) {
        double x = work->there[i][0] - work->here[i][0], y = work->there[i][1] - work->here[i][1];
        if (sqrt(x * x + y * y) > STILL || seen_at(work, i))
            changing[i / 8] = (uint8_t)(changing[i / 8] | 1 << i % 8);
    }
    for (int t = 0; t < PIXELFES_TRIANGLES; t++) {
        int any = 0;
        for (int k = 0; k < 3; k++)
            any |= changing[TRIANGLES[t][k] / 8] >> TRIANGLES[t][k] % 8 & 1;
        for (int k = 0; any && k < 6; k++) {
            const double *point = (k < 3 ? work->here : work->there)[TRIANGLES[t][k % 3]];
            for (int a = 0; a < 2; a++) {
                low[a] = (work->count == 0 && k == 0) || point[a] < low[a] ? point[a] : low[a];
                high[a] = (work->count == 0 && k == 0) || point[a] > high[a] ? point[a] : high[a];
            }
        }
        if (any)
            work->order[work->count++] = (uint16_t)t;
    }
    for (int a = 0; a < 2; a++) {
        double side = a ? work->height : work->width, start = floor(low[a]) - 2, stop = ceil(high[a]) + 3;
        start = start < 0 ? 0 : start > side ? side : start;
        stop = stop < start ? start : stop > side ? side : stop;
        *(a ? &work->top : &work->left) = (int32_t)start;
        *(a ? &work->bottom : &work->right) = (int32_t)(work->count ? stop : start);
    }
}

static int comes_before(const pixelfes_work *work, uint16_t a, uint16_t b)
{
    const double *nearness = work->scratch.begun.of.nearness;
    return nearness[a] < nearness[b] || (nearness[a] == nearness[b] && a < b);
}

static void sift(pixelfes_work *work, int32_t root, int32_t count)
{
    uint16_t moving = work->order[root];
    for (int32_t child; (child = 2 * root + 1) < count; root = child) {
        child += child + 1 < count && comes_before(work, work->order[child], work->order[child + 1]);
        if (!comes_before(work, moving, work->order[child]))
            break;
        work->order[root] = work->order[child];
    }
    work->order[root] = moving;
}

/* Sort the triangles that can be seen from back to front: slivers, the ring, then the face from far to near. */
static void sort_triangles(pixelfes_work *work, double (*drawn)[2])
{
    int32_t kept = 0;
    for (int32_t i = 0; i < work->count; i++) {
        uint16_t t = work->order[i];
        const uint16_t *triangle = TRIANGLES[t];
        int ring = t < RING_TRIANGLES, skin = SKIN[t / 8] >> t % 8 & 1;
        double near = 0;
        for (int k = 0; k < 3; k++)
            near += triangle[k] < PIXELFES_POINTS ? -work->scratch.begun.depth[triangle[k]] : 0;
        work->scratch.begun.of.nearness[t] = ring ? 4e6 : near / 3 + (is_sliver(drawn, triangle) ? 0 : 8e6);
        if (ring || (cross(drawn, triangle) >= 0 && !(skin && cross(work->here, triangle) < 0)))
            work->order[kept++] = t;
    }
    work->count = kept;
    for (int32_t root = kept / 2; root-- > 0;)
        sift(work, root, kept);
    for (int32_t last = kept; last-- > 1;) {
        uint16_t largest = work->order[0];
        work->order[0] = work->order[last];
        work->order[last] = largest;
        sift(work, 0, last);
    }
}

/* Decide how coarsely the face is drawn, and bring its points into what is drawn: `there` is in drawn pixels from here on, `here`
 * in those of the box. */
static int place(pixelfes_work *work, double distance)
{
    find_box(work);
    int32_t height = work->bottom - work->top, width = work->right - work->left;
    int32_t factor = nearest(distance / EYE_DISTANCE_DRAWN > 1e6 ? 1e6 : distance / EYE_DISTANCE_DRAWN);
    factor = least_of(factor, least_of(height / 4, width / 4));
    work->factor = factor < 1 ? 1 : factor;
    work->drawn_width = (width + work->factor - 1) / work->factor;
    work->drawn_height = (height + work->factor - 1) / work->factor;
    if (work->drawn_width > PIXELFES_WIDEST || work->factor > LARGEST_FACTOR)
        return PIXELFES_TOO_WIDE;
    for (int i = 0; i < PIXELFES_VERTICES; i++) {
        for (int a = 0; a < 2; a++) {
            double start = a ? work->top : work->left, middle = (work->factor - 1) / 2.0;
            work->there[i][a] = (work->there[i][a] - start - middle) / work->factor;
            work->here[i][a] -= start;
            double fine = work->there[i][a] * 16;
            work->corner[i][a] = (int16_t)nearest(fine < -32000 ? -32000 : fine > 32000 ? 32000 : fine);
        }
    }
    sort_triangles(work, work->there);
    work->band = work->row_ready = -1;
    for (int i = 0; i < PIXELFES_KEPT; i++)
        work->scratch.maps[i].triangle = -1;
    return PIXELFES_OK;
}
