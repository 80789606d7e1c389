/* ---- an opening of the face between an upper and a lower line ---- */

/* A similarity from the photo to the frame of an opening: u along it, v down the face, in distances between the eyes. */
typedef struct {
    double origin[2], along[2], scale;
} frame_t;

static void to_local(const frame_t *frame, double x, double y, double out[2])
{
    double dx = (x - frame->origin[0]) / frame->scale, dy = (y - frame->origin[1]) / frame->scale;
    out[0] = dx * frame->along[0] + dy * frame->along[1];
    out[1] = dy * frame->along[0] - dx * frame->along[1];
}

static void to_photo(const frame_t *frame, double u, double v, double out[2])
{
    out[0] = frame->origin[0] + frame->scale * (u * frame->along[0] - v * frame->along[1]);
    out[1] = frame->origin[1] + frame->scale * (u * frame->along[1] + v * frame->along[0]);
}

static int64_t local_fixed(double value)
{
    return (int64_t)((value < -1e8 ? -1e8 : value > 1e8 ? 1e8 : value) * 4294967296.0);
}

/* Put a box around local points and a margin, as far as it lies in the photo. */
static void put_box(
    const pixelfes_work *work, const frame_t *frame, double low[2], double high[2], double margin,
    pixelfes_opening *opening)
{
    double least[2] = {1e9, 1e9}, most[2] = {-1e9, -1e9}, point[2];
    for (int a = 0; a < 2; a++) {
        low[a] -= margin;
        high[a] += margin;
    }
    for (int i = 0; i < 4; i++) {
        to_photo(frame, i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], point);
        for (int a = 0; a < 2; a++) {
            least[a] = point[a] < least[a] ? point[a] : least[a];
            most[a] = point[a] > most[a] ? point[a] : most[a];
        }
    }
    for (int a = 0; a < 2; a++) {
        double side = a ? work->height : work->width, start = floor(least[a]), stop = ceil(most[a]) + 1;
        start = start < 0 ? 0 : start > side ? side : start;
        stop = stop < start ? start : stop > side ? side : stop;
        *(a ? &opening->top : &opening->left) = (int32_t)start;
        *(a ? &opening->bottom : &opening->right) = (int32_t)stop;
    }
    double origin[2];
    to_local(frame, 0, 0, origin);
    for (int a = 0; a < 2; a++) {
        opening->local[a][0] = local_fixed((a ? -frame->along[1] : frame->along[0]) / frame->scale);
        opening->local[a][1] = local_fixed((a ? frame->along[0] : frame->along[1]) / frame->scale);
        opening->local[a][2] = local_fixed(origin[a]);
    }
}

/* A local coordinate of a pixel, 24 fractional bits. */
static int32_t local_at(const pixelfes_opening *opening, int a, int32_t x, int32_t y)
{
    const int64_t *of = opening->local[a], most = (int64_t)30 << 24;
    int64_t value = down64(of[0] * x + of[1] * y + of[2], 8);
    return (int32_t)(value < -most ? -most : value > most ? most : value);
}

/* Smooth a line of points: 64 heights at places that are evenly spaced. */
static void smooth_line(const double (*points)[2], int count, const int32_t *matrix, pixelfes_line_of *line)
{
    double curve[PIXELFES_FINE][2];
    for (int i = 0; i < PIXELFES_FINE; i++)
        for (int a = 0; a < 2; a++) {
            curve[i][a] = 0;
            for (int k = 0; k < count; k++)
                curve[i][a] += matrix[i * count + k] / 268435456.0 * points[k][a];
            if (a == 0 && i > 0 && curve[i][0] < curve[i - 1][0])
                curve[i][0] = curve[i - 1][0];
        }
    double start = curve[0][0], stop = curve[PIXELFES_FINE - 1][0], span = stop - start > 1e-6 ? stop - start : 1e-6;
    for (int i = 0, k = 0; i < PIXELFES_FINE; i++) {
        double u = start + span * i / (PIXELFES_FINE - 1);
        while (k < PIXELFES_FINE - 2 && u >= curve[k + 1][0])
            k++;
        double step = curve[k + 1][0] - curve[k][0], share = step > 0 ? (u - curve[k][0]) / step : 1;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        line->v[i] = to_fixed((1 - share) * curve[k][1] + share * curve[k + 1][1]);
    }
    line->v[PIXELFES_FINE - 1] = to_fixed(curve[PIXELFES_FINE - 1][1]);
    line->start = to_fixed(start);
    line->each = (int32_t)((PIXELFES_FINE - 1) / (span < 0.01 ? 0.01 : span) * 65536);
}

/* The height of a line at u. */
static int32_t height_at(const pixelfes_line_of *line, int32_t u)
{
    int64_t place = down64(((int64_t)u - line->start) * line->each, 24); /* 16 fractional bits */
    if (place <= 0)
        return line->v[0];
    if (place >= (PIXELFES_FINE - 1) << 16)
        return line->v[PIXELFES_FINE - 1];
    int32_t i = (int32_t)(place >> 16), share = (int32_t)(place & 65535);
    return line->v[i] + (int32_t)down64((int64_t)(line->v[i + 1] - line->v[i]) * share, 16);
}

static int32_t top_at(const pixelfes_edges *edges, int32_t u)
{
    return height_at(&edges->line[0], u);
}

static int32_t bottom_at(const pixelfes_edges *edges, int32_t u)
{
    int32_t top = top_at(edges, u), bottom = height_at(&edges->line[1], u);
    return bottom > top ? bottom : top;
}

/* Find the edges of an opening from the points of its upper and its lower line, local. */
static void find_edges(
    const double (*upper)[2], const double (*lower)[2], int count, const int32_t *matrix, pixelfes_edges *edges)
{
    smooth_line(upper, count, matrix, &edges->line[0]);
    smooth_line(lower, count, matrix, &edges->line[1]);
    edges->left = to_fixed(upper[0][0]);
    edges->right = to_fixed(upper[count - 1][0]);
    edges->height = 0;
    for (int i = 0; i < PIXELFES_FINE; i++) {
        int32_t u = edges->left + (int32_t)((int64_t)(edges->right - edges->left) * i / (PIXELFES_FINE - 1));
        int32_t gap = bottom_at(edges, u) - top_at(edges, u);
        edges->height = gap > edges->height ? gap : edges->height;
    }
}

static int32_t least_over(int32_t distance, int32_t inverse, int32_t least)
{
    int64_t share = down64((int64_t)distance * inverse, 17) + ONE / 2; /* 24 + 8 - 15 bits */
    return share < least ? (int32_t)(share < 0 ? 0 : share) : least;
}

/* How far inside the opening a place is, 15 fractional bits: a ramp across each line, 8 fractional bits of 1 / its width. */
static int32_t inside(const pixelfes_edges *edges, int32_t u, int32_t v, int32_t inverse)
{
    int32_t share = least_over(u - edges->left, inverse, least_over(edges->right - u, inverse, ONE));
    share = share ? least_over(v - top_at(edges, u), inverse, share) : 0;
    return share ? least_over(bottom_at(edges, u) - v, inverse, share) : 0;
}

/* Lay a colour over a pixel as far as alpha says; 15 fractional bits. */
static void lay(uint8_t *pixel, const int32_t colour[3], int32_t alpha)
{
    for (int c = 0; c < 3; c++) {
        int64_t level = (int64_t)(ONE - alpha) * pixel[c] * ONE + (int64_t)alpha * 255 * colour[c];
        pixel[c] = (uint8_t)held((int32_t)down64(level + (1 << 29), 30), 0, 255);
    }
}

/* A pixel of the photo, 15 fractional bits, 1 for 255. */
static int32_t photo_at(const uint8_t *pixel, int c)
{
    return (pixel[c] * 32896 + 128) >> 8; /* 32768 / 255, 8 bits */
}
