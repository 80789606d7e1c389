/* ---- the light in the photo ---- */

/* The k-th smallest, from 0 on, of what a histogram counts. */
static int ranked(const uint32_t *histogram, uint32_t rank)
{
    int value = 0;
    while (rank >= histogram[value])
        rank -= histogram[value++];
    return value;
}

/* The median colour of small squares on cheeks and forehead, 1 for 255. */
static void skin_light(pixelfes_work *work, const float p[][3], double skin[3])
{
    int reach = (int)(PATCH * eye_distance(p)), medians[3][CHEEKS_COUNT];
    reach = reach < 1 ? 1 : reach;
    for (int i = 0; i < CHEEKS_COUNT; i++) {
        double x = p[CHEEKS[i]][0], y = p[CHEEKS[i]][1];
        int column = x < 0 ? 0 : x > work->width - 1 ? work->width - 1 : (int)x;
        int row = y < 0 ? 0 : y > work->height - 1 ? work->height - 1 : (int)y;
        int left = held(column - reach, 0, work->width), right = held(column + reach + 1, 0, work->width);
        int top = held(row - reach, 0, work->height), bottom = held(row + reach + 1, 0, work->height);
        uint32_t size = (uint32_t)(right - left) * (uint32_t)(bottom - top);
        memset(work->scratch.begun.of.histogram, 0, 768 * sizeof(uint32_t));
        for (int v = top; v < bottom; v++)
            for (int u = left; u < right; u++)
                for (int c = 0; c < 3; c++)
                    work->scratch.begun.of.histogram[256 * c + pixel_at(work, u, v)[c]]++;
        for (int c = 0; c < 3; c++) {
            const uint32_t *histogram = work->scratch.begun.of.histogram + 256 * c;
            int median = ranked(histogram, (size - 1) / 2) + ranked(histogram, size / 2), j = i;
            for (; j > 0 && medians[c][j - 1] > median; j--)
                medians[c][j] = medians[c][j - 1];
            medians[c][j] = median;
        }
    }
    for (int c = 0; c < 3; c++)
        skin[c] = (medians[c][CHEEKS_COUNT / 2 - 1] + medians[c][CHEEKS_COUNT / 2]) / 4.0 / 255;
}

/* The outline of an eye in a box of the photo, and the row of it in hand. */
typedef struct {
    int left, top, width, height;
    int32_t x[EYE_COUNT], y[EYE_COUNT];
    int32_t from[EYE_COUNT], to[EYE_COUNT];
    int64_t cross[EYE_COUNT]; /* 16 fractional bits */
    int crossings;
} eye_t;

static void find_eye(const pixelfes_work *work, const float p[][3], const uint16_t *points, eye_t *eye)
{
    double low[2], high[2];
    for (int a = 0; a < 2; a++) {
        double side = a ? work->height : work->width, least = p[points[0]][a], most = least;
        for (int i = 1; i < EYE_COUNT; i++) {
            least = p[points[i]][a] < least ? p[points[i]][a] : least;
            most = p[points[i]][a] > most ? p[points[i]][a] : most;
        }
        low[a] = floor(least) < 0 ? 0 : floor(least);
        high[a] = ceil(most) + 1 > side ? side : ceil(most) + 1;
    }
    int empty = high[0] <= low[0] || high[1] <= low[1];
    eye->left = empty ? 0 : (int)low[0];
    eye->top = empty ? 0 : (int)low[1];
    eye->width = empty ? 0 : (int)(high[0] - low[0]);
    eye->height = empty ? 0 : (int)(high[1] - low[1]);
    for (int i = 0; i < EYE_COUNT && eye->height; i++) {
        eye->x[i] = nearest(p[points[i]][0] - low[0]);
        eye->y[i] = nearest(p[points[i]][1] - low[1]);
    }
}

/* Find where a row meets the outline: the stretches of its lines, and the places where it is crossed. */
static void eye_row(eye_t *eye, int row)
{
    eye->crossings = 0;
    for (int i = 0; i < EYE_COUNT; i++) {
        int before = i ? i - 1 : EYE_COUNT - 1, back = eye->x[i] < eye->x[before];
        int one = back ? i : before, two = back ? before : i;
        int32_t x = eye->x[one], y = eye->y[one];
        int64_t dx = eye->x[two] - x, dy = eye->y[two] - y, high = dy < 0 ? -dy : dy, along = dy < 0 ? y - row : row - y;
        eye->from[i] = 1;
        eye->to[i] = 0;
        if (along >= 0 && along <= high && dx < high) {
            eye->from[i] = eye->to[i] = x + (int32_t)((2 * dx * along + high - 1) / (2 * high));
        } else if (along >= 0 && along <= high) {
            for (int32_t k = x < 0 ? -x : 0; k <= dx && x + k < eye->width; k++)
                if ((dx ? (2 * high * k + dx - 1) / (2 * dx) : 0) == along) {
                    eye->from[i] = eye->from[i] > eye->to[i] ? x + k : eye->from[i];
                    eye->to[i] = x + k;
                }
        }
        if (dy != 0 && row >= (dy < 0 ? y + dy : y) && row < (dy < 0 ? y : y + dy)) {
            int64_t from_top = dy < 0 ? row - (y + dy) : row - y;
            eye->cross[eye->crossings++] = ((dy < 0 ? x + dx : x) * 65536) + dx * 65536 / dy * from_top;
        }
    }
}

static int in_eye(const eye_t *eye, int x)
{
    int below = 0, before = 0;
    for (int i = 0; i < EYE_COUNT; i++)
        if (x >= eye->from[i] && x <= eye->to[i])
            return 1;
    for (int i = 0; i < eye->crossings; i++) {
        below += eye->cross[i] <= x * (int64_t)65536;
        before += eye->cross[i] < x * (int64_t)65536;
    }
    return (below & 1) || (before & 1);
}

typedef struct {
    int64_t low, high; /* hundred times the luminance of bright pixels */
    double sum[3];
    uint32_t count;
} bright_t;

/* Go through the pixels of both eyes: count their luminance (in steps of 256, or those of one step), or add the bright ones. */
static void through_eyes(pixelfes_work *work, const float p[][3], int step, bright_t *bright)
{
    if (!bright)
        memset(work->scratch.begun.of.histogram, 0, sizeof work->scratch.begun.of.histogram);
    for (int side = 0; side < 2; side++) {
        eye_t eye;
        find_eye(work, p, side ? LEFT_EYE : RIGHT_EYE, &eye);
        for (int row = 0; row < eye.height; row++) {
            eye_row(&eye, row);
            for (int column = 0; column < eye.width; column++) {
                const uint8_t *pixel = pixel_at(work, eye.left + column, eye.top + row);
                int32_t light = luminance(pixel);
                if (!in_eye(&eye, column))
                    continue;
                if (bright && 100 * (int64_t)light >= bright->low && 100 * (int64_t)light <= bright->high) {
                    bright->count++;
                    for (int c = 0; c < 3; c++)
                        bright->sum[c] += pixel[c];
                } else if (!bright && step < 0) {
                    work->scratch.begun.of.histogram[light >> 8]++;
                } else if (!bright && light >> 8 == step) {
                    work->scratch.begun.of.histogram[light & 255]++;
                }
            }
        }
    }
}

/* The luminance of the pixel of this rank. */
static int32_t eye_rank(pixelfes_work *work, const float p[][3], uint32_t rank)
{
    through_eyes(work, p, -1, 0);
    int step = ranked(work->scratch.begun.of.histogram, rank);
    for (int i = 0; i < step; i++)
        rank -= work->scratch.begun.of.histogram[i];
    through_eyes(work, p, step, 0);
    return 256 * step + ranked(work->scratch.begun.of.histogram, rank);
}

/* The mean colour of the bright part of the eyes, 1 for 255; 0 where too little of them shows. */
static int eye_white(pixelfes_work *work, const float p[][3], double white[3])
{
    uint32_t count = 0;
    bright_t bright = {0, 0, {0, 0, 0}, 0};
    int64_t bounds[2];
    through_eyes(work, p, -1, 0);
    for (int i = 0; i < 1024; i++)
        count += work->scratch.begun.of.histogram[i];
    if (count < FEWEST_PIXELS)
        return 0;
    for (int i = 0; i < 2; i++) {
        uint32_t place = (count - 1) * EYE_WHITE_RANGE[i], rank = place / 100, rest = place % 100;
        int32_t below = eye_rank(work, p, rank), above = rest ? eye_rank(work, p, rank + 1) : below;
        bounds[i] = 100 * (int64_t)below + (int64_t)rest * (above - below);
    }
    bright.low = bounds[0];
    bright.high = bounds[1];
    through_eyes(work, p, 0, &bright);
    for (int c = 0; c < 3; c++)
        white[c] = bright.sum[c] / (bright.count ? bright.count : 1) / 255;
    return 1;
}

static double grey(const double colour[3])
{
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
}

/* The colour of the eyes as far as it agrees with the skin, else that of typical eyes of such skin. */
static void agree(double eyes[3], int enough, const double skin[3])
{
    double typical[3], tint[3], largest = 0;
    for (int c = 0; c < 3; c++)
        typical[c] = EYE_BRIGHTNESS * grey(skin) * pow(skin[c] / grey(skin), EYE_COLOUR);
    for (int c = 0; c < 3; c++)
        eyes[c] = !enough ? typical[c] : eyes[c] < DARKEST ? DARKEST : eyes[c];
    double ratio = log(grey(eyes) / grey(typical)), brightest = BRIGHT_TO_TYPICAL * grey(typical);
    brightest = brightest < BRIGHT_EYES ? BRIGHT_EYES : brightest;
    double bright = 1 - smoothstep(log(grey(eyes) / brightest), TOO_BRIGHT_FROM, TOO_BRIGHT_TO);
    for (int c = 0; c < 3; c++) {
        tint[c] = log(eyes[c] / typical[c]) - ratio;
        largest = fabs(TINT_WEIGHTS[c] * tint[c]) > largest ? fabs(TINT_WEIGHTS[c] * tint[c]) : largest;
    }
    double colour = (1 - smoothstep(largest, OTHER_TINT_FROM, OTHER_TINT_TO)) *
                    (1 - smoothstep(-ratio, TOO_DARK_FROM, TOO_DARK_TO));
    for (int c = 0; c < 3; c++)
        eyes[c] = typical[c] * exp(bright * ratio + bright * colour * tint[c]);
}

static void read_light(pixelfes_work *work, const float p[][3])
{
    double skin[3], eyes[3], tint[3];
    skin_light(work, p, skin);
    for (int c = 0; c < 3; c++)
        skin[c] = skin[c] < DARKEST ? DARKEST : skin[c];
    int enough = eye_white(work, p, eyes);
    agree(eyes, enough, skin);
    double bright = grey(eyes), dark = grey(skin), more = bright > dark ? bright : dark;
    double level = TYPICAL_LEVEL * pow(dark, SKIN_POWER) * pow(bright / dark, EYE_POWER), least = AT_LEAST_SKIN * dark;
    level = level < least ? least : level;
    level = level < AT_LEAST_EYES * bright ? AT_LEAST_EYES * bright : level;
    level = level > MOST_WHITE * more ? MOST_WHITE * more : level;
    level = level < LEVEL_LOW ? LEVEL_LOW : level > LEVEL_HIGH ? LEVEL_HIGH : level;
    for (int c = 0; c < 3; c++)
        tint[c] = pow(eyes[c] / bright, WHITE_TINT) * pow(skin[c] / dark, SKIN_TINT);
    for (int c = 0; c < 3; c++) {
        work->skin[c] = to_fixed(skin[c]);
        work->white[c] = to_fixed(level * tint[c] / grey(tint));
    }
}
