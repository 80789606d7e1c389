/* ---- the eyeball: where its iris is, and what it looks like behind the lids ---- */

/* How surely the photo shows the eyeball at a place: clear of lids, lashes and their shadow; 15 fractional bits. */
static int32_t shown_at(const pixelfes_eye *eye, int32_t u, int32_t v)
{
    const pixelfes_edges *edges = &eye->opening.before;
    int32_t top = ramp(v - top_at(edges, u), eye->above / 2, eye->above + eye->above / 2);
    return top ? part_of(top, ramp(bottom_at(edges, u) - v, eye->below / 2, eye->below + eye->below / 2)) : 0;
}

/* The distance from the middle of the iris in units of its radius, 15 fractional bits. */
static int32_t radii_at(const pixelfes_eye *eye, int32_t u, int32_t v)
{
    int32_t across = held(down(u - eye->centre[0], 8), -46000, 46000);
    int32_t along = held(down(v - eye->centre[1], 8), -46000, 46000);
    int32_t distance = root((uint32_t)(across * across) + (uint32_t)(along * along)); /* 16 fractional bits */
    return (int32_t)((int64_t)distance * eye->per_radius >> 17);
}

/* The place of local coordinates in the photo, within the box of the eye: 41 fractional bits less so many. */
static void place_of(const pixelfes_eye *eye, int32_t u, int32_t v, int less, int32_t out[2])
{
    const pixelfes_opening *opening = &eye->opening;
    for (int a = 0; a < 2; a++) {
        const int64_t *to = eye->to_photo[a];
        int32_t first = a ? opening->top : opening->left, last = (a ? opening->bottom : opening->right) - 1;
        int64_t place = down64(to[0] * u + to[1] * v + to[2] + ((int64_t)1 << (less - 1)), less);
        first *= 1 << (41 - less);
        last *= 1 << (41 - less);
        out[a] = (int32_t)(place < first ? first : place > last ? last : place);
    }
}

/* The photo at local coordinates, between its pixels; 15 fractional bits. */
static void read_photo(const pixelfes_work *work, const pixelfes_eye *eye, int32_t u, int32_t v, int32_t colour[3])
{
    int32_t place[2];
    place_of(eye, u, v, 36, place); /* 32nds of a pixel */
    int32_t right = place[0] & 31, below = place[1] & 31;
    const uint8_t *pixel = pixel_at(work, place[0] >> 5, place[1] >> 5);
    const uint8_t *under = below ? pixel + 3 * (int64_t)work->width : pixel;
    for (int c = 0; c < 3; c++) {
        int32_t first = pixel[c] * (32 - right) + (right ? pixel[c + 3] * right : 0);
        int32_t second = under[c] * (32 - right) + (right ? under[c + 3] * right : 0);
        colour[c] = ((first * (32 - below) + second * below) * 32 + 127) / 255;
    }
}

/* A place beyond the ends of a box, mirrored into it. */
static int32_t reflected(int32_t place, int32_t first, int32_t last)
{
    while (place < first || place > last)
        place = first == last ? first : place < first ? 2 * first - place : 2 * last - place;
    return place;
}

/* The luminance of the blurred photo near local coordinates, in 16000ths of a level. */
static int32_t blurred_grey(const pixelfes_work *work, const pixelfes_eye *eye, int32_t u, int32_t v)
{
    const pixelfes_opening *opening = &eye->opening;
    const pixelfes_blur *blur = &eye->blur[0];
    int32_t place[2];
    int64_t sum = 0;
    place_of(eye, u, v, 41, place);
    for (int32_t i = -blur->reach; i <= blur->reach; i++) {
        int32_t y = reflected(place[1] + i, opening->top, opening->bottom - 1);
        int64_t row = 0;
        for (int32_t j = -blur->reach; j <= blur->reach; j++) {
            int32_t x = reflected(place[0] + j, opening->left, opening->right - 1);
            row += (int64_t)luminance(pixel_at(work, x, y)) * blur->kernel[j < 0 ? -j : j];
        }
        sum += (row >> 12) * blur->kernel[i < 0 ? -i : i];
    }
    return (int32_t)(sum >> 32);
}

/* How much brighter it is outside the sides of a disc than inside, where the eyeball is shown: 24 fractional bits. */
static int64_t contrast_at(const pixelfes_work *work, const pixelfes_eye *eye, const int32_t centre[2])
{
    int64_t total = 0, weight = 2 * ONE;
    for (int i = 0; i < 2 * IRIS_SIDES_COUNT; i++) {
        const int32_t *side = IRIS_SIDES[i / 2];
        int32_t place[2][2];
        for (int k = 0; k < 4; k++) {
            int64_t away = (int64_t)eye->radius * IRIS_RIMS[i % 2][k / 2] >> 24;
            place[k / 2][k % 2] = centre[k % 2] + (int32_t)down64(away * side[k % 2], 30);
        }
        int32_t shown = least_of(shown_at(eye, place[0][0], place[0][1]), shown_at(eye, place[1][0], place[1][1]));
        if (!shown)
            continue;
        int32_t step = blurred_grey(work, eye, place[1][0], place[1][1]);
        step -= blurred_grey(work, eye, place[0][0], place[0][1]);
        total += (int64_t)shown * held(step, -LARGEST_GREY_STEP, LARGEST_GREY_STEP);
        weight += shown;
    }
    return total * (1 << 20) / weight / 255000;
}

/* Find the middle of the iris: that of the dark disc whose left and right edges are steepest. */
static void find_iris(const pixelfes_work *work, pixelfes_eye *eye)
{
    const pixelfes_edges *edges = &eye->opening.before;
    int32_t width = edges->right - edges->left, middle[2];
    int64_t best = INT64_MIN;
    eye->radius = held(Q24(IRIS_RADIUS), (int32_t)(0.2 * width), (int32_t)(0.32 * width));
    eye->radius = eye->radius < Q24(0.01) ? Q24(0.01) : eye->radius;
    eye->per_radius = (int32_t)(((int64_t)1 << 40) / eye->radius);
    middle[0] = edges->left + width / 2;
    middle[1] = (top_at(edges, middle[0]) + bottom_at(edges, middle[0])) / 2;
    for (int i = 0; i < IRIS_ACROSS; i++)
        for (int j = 0; j < IRIS_DOWN; j++) {
            int32_t shift[2] = {i * Q24(IRIS_STEP) - Q24(IRIS_REACH_ACROSS), j * Q24(IRIS_STEP) - Q24(IRIS_REACH_DOWN)};
            int32_t centre[2] = {middle[0] + shift[0], middle[1] + shift[1]};
            int32_t far_away = (shift[0] < 0 ? -shift[0] : shift[0]) + (shift[1] < 0 ? -shift[1] : shift[1]);
            int64_t score = contrast_at(work, eye, centre) - ((int64_t)far_away * Q15(IRIS_FAR_AWAY) >> 15);
            if (score > best) {
                best = score;
                eye->centre[0] = centre[0];
                eye->centre[1] = centre[1];
            }
        }
}

/* The parts of the box that a mean is taken of: all, the white, and its parts left and right of the iris, near to it and far. */
enum { ALL = -2, WHITE = -1 };

typedef struct {
    int64_t light, colour[3], away;
    int32_t count;
} mean_t;

static int belongs(const pixelfes_eye *eye, int32_t u, int32_t v, int part, int32_t half_way)
{
    if (part == ALL)
        return 1;
    if (shown_at(eye, u, v) <= ONE / 2 || radii_at(eye, u, v) <= Q15(WHITE_FROM))
        return 0;
    int32_t away = u - eye->centre[0];
    if (part == WHITE)
        return 1;
    if (part & 2 ? away <= 0 : away >= 0)
        return 0;
    return half_way < 0 || ((away < 0 ? -away : away) > half_way) == (part & 1);
}

/* Add the pixels of a part that are at least so bright, in thousandths of a level. */
static mean_t mean_of(const pixelfes_work *work, const pixelfes_eye *eye, int part, int32_t half_way, int64_t least)
{
    const pixelfes_opening *box = &eye->opening;
    mean_t mean = {0, {0, 0, 0}, 0, 0};
    for (int32_t y = box->top; y < box->bottom; y++)
        for (int32_t x = box->left; x < box->right; x++) {
            const uint8_t *pixel = pixel_at(work, x, y);
            int32_t u = local_at(box, 0, x, y), v = local_at(box, 1, x, y), light = luminance(pixel);
            if (light < least || !belongs(eye, u, v, part, half_way))
                continue;
            mean.count++;
            mean.light += light;
            mean.away += u < eye->centre[0] ? eye->centre[0] - u : u - eye->centre[0];
            for (int c = 0; c < 3; c++)
                mean.colour[c] += pixel[c];
        }
    return mean;
}

static int64_t over(int64_t sum, int64_t count)
{
    return (sum + count / 2) / count;
}

/* The least luminance that is at least so many parts of a whole of the mean. */
static int64_t least_light(const mean_t *mean, int64_t parts, int64_t whole)
{
    return (mean->light * parts + whole * mean->count - 1) / (whole * mean->count);
}

/* The colour of white in a part: a little brighter than the mean of those pixels that are no lashes. */
static int bright_colour(
    const pixelfes_work *work, const pixelfes_eye *eye, int part, int32_t half_way, int32_t colour[3])
{
    mean_t whole = mean_of(work, eye, part, half_way, 0);
    if (!whole.count)
        return 0;
    mean_t clear = mean_of(work, eye, part, half_way, least_light(&whole, LASHES_PERCENT, 100));
    mean_t bright = mean_of(work, eye, part, half_way, least_light(&clear, ABOUT_OF_1000, 1000));
    for (int c = 0; c < 3; c++)
        colour[c] = (int32_t)(over(clear.colour[c] * (ONE / 2), (int64_t)255 * clear.count) +
                              (bright.count ? over(bright.colour[c] * (ONE / 2), (int64_t)255 * bright.count) : 0));
    return 1;
}

static void find_whites(const pixelfes_work *work, pixelfes_eye *eye)
{
    int32_t everywhere[3] = {0, 0, 0};
    bright_colour(work, eye, mean_of(work, eye, WHITE, -1, 0).count > 5 ? WHITE : ALL, -1, everywhere);
    for (int side = 0; side < 2; side++) {
        mean_t mean = mean_of(work, eye, 2 * side, -1, 0);
        int32_t half_way = mean.count ? (int32_t)(mean.away * 1000 / ABOUT_OF_1000 / mean.count) : 0;
        for (int far = 0; far < 2; far++) {
            int32_t *white = eye->whites[side][far];
            memcpy(white, everywhere, sizeof everywhere);
            if (mean.count > 12)
                bright_colour(work, eye, 2 * side + far, half_way, white);
        }
    }
}

/* The mean colour of rings of the iris, without glints. */
static void find_rings(const pixelfes_work *work, pixelfes_eye *eye)
{
    const pixelfes_opening *box = &eye->opening;
    mean_t rings[IRIS_RINGS], all = {0, {0, 0, 0}, 0, 0};
    int64_t most = INT64_MAX;
    for (int round = 0; round < 2; round++) {
        memset(rings, 0, sizeof rings);
        memset(&all, 0, sizeof all);
        for (int32_t y = box->top; y < box->bottom; y++)
            for (int32_t x = box->left; x < box->right; x++) {
                const uint8_t *pixel = pixel_at(work, x, y);
                int32_t u = local_at(box, 0, x, y), v = local_at(box, 1, x, y), radii = radii_at(eye, u, v);
                if (radii >= ONE || luminance(pixel) > most || shown_at(eye, u, v) <= ONE / 2)
                    continue;
                mean_t *ring = &rings[radii * IRIS_RINGS >> 15];
                ring->count++;
                all.count++;
                all.light += luminance(pixel);
                for (int c = 0; c < 3; c++) {
                    ring->colour[c] += pixel[c];
                    all.colour[c] += pixel[c];
                }
            }
        most = all.count ? all.light * GLINT_PERCENT / ((int64_t)100 * all.count) : 0;
    }
    for (int i = 0; i < IRIS_RINGS; i++)
        for (int c = 0; c < 3; c++) {
            const mean_t *ring = rings[i].count > 3 ? &rings[i] : &all;
            eye->rings[i][c] = all.count ? (int32_t)over(ring->colour[c] * ONE, (int64_t)255 * ring->count) : Q15(DARK_IRIS);
        }
}

/* The iris at a place: the photo's own where it is shown, else the opposite place, else its rings. */
static void iris_at(const pixelfes_work *work, const pixelfes_eye *eye, int32_t u, int32_t v, int32_t colour[3])
{
    int32_t rings = held(radii_at(eye, u, v) * IRIS_RINGS - ONE / 2, 0, (IRIS_RINGS - 1) * ONE), own[3];
    int32_t low = rings >> 15, high = least_of(low + 1, IRIS_RINGS - 1);
    int32_t back_u = 2 * eye->centre[0] - u, back_v = 2 * eye->centre[1] - v;
    for (int c = 0; c < 3; c++)
        colour[c] = blend(eye->rings[low][c], eye->rings[high][c], rings & (ONE - 1));
    for (int i = 0; i < 3; i++) {
        int32_t at_u = i ? u : back_u, at_v = i == 2 ? v : back_v, shown = shown_at(eye, at_u, at_v);
        if (!shown)
            continue;
        read_photo(work, eye, at_u, at_v, own);
        for (int c = 0; c < 3; c++)
            colour[c] = blend(colour[c], own[c], shown);
    }
}

/* The white of the eye: the photo's own where it is shown and white, else a line of colours. */
static void white_at(const pixelfes_eye *eye, int32_t u, int32_t v, const uint8_t *pixel, int32_t colour[3])
{
    int32_t away = u - eye->centre[0], far = away < 0 ? -away : away, side = away > 0;
    int32_t corner = side ? eye->opening.before.right - eye->centre[0] : eye->centre[0] - eye->opening.before.left;
    int32_t reach = corner - eye->radius < Q24(0.02) ? Q24(0.02) : corner - eye->radius;
    int32_t along = ratio(far - eye->radius, reach), middle = ramp(away, -eye->radius, eye->radius);
    int32_t own = ramp(radii_at(eye, u, v) * 512, Q24(WHITE_FROM), Q24(WHITE_FROM + 0.15));
    own = own ? part_of(own, shown_at(eye, u, v)) : 0;
    for (int c = 0; c < 3; c++) {
        int32_t line = far < eye->radius ? blend(eye->whites[0][0][c], eye->whites[1][0][c], middle)
                                         : blend(eye->whites[side][0][c], eye->whites[side][1][c], along);
        colour[c] = blend(line, photo_at(pixel, c), own);
    }
}

/* How much of the photo's own eye is kept where a lid and the iris stay near their places. */
static int32_t kept_share(const pixelfes_eye *eye, int32_t u, int32_t v)
{
    const pixelfes_edges *old = &eye->opening.before, *now = &eye->opening.after;
    int32_t top = top_at(old, u), raised = top_at(now, u) - top;
    int32_t bottom = bottom_at(old, u), sunk = bottom_at(now, u) - bottom;
    int32_t near_top = ONE - ramp(v - top, Q24(0.02), Q24(0.05));
    int32_t near_bottom = ONE - ramp(bottom - v, Q24(0.01), Q24(0.03));
    near_top = part_of(near_top, ramp(raised < 0 ? -raised : raised, 0, Q24(0.01)));
    near_bottom = part_of(near_bottom, ramp(sunk < 0 ? -sunk : sunk, 0, Q24(0.01)));
    return part_of(ONE - (near_top > near_bottom ? near_top : near_bottom), inside(old, u, v, 100 * 256));
}

/* The eyeball at a place behind the moved lids, in their shadow. */
static void ball_at(
    const pixelfes_work *work, const pixelfes_eye *eye, int32_t u, int32_t v, const uint8_t *pixel, int32_t colour[3])
{
    const pixelfes_edges *after = &eye->opening.after;
    int32_t at_u = u - eye->shift[0], at_v = v - eye->shift[1], iris[3], top = top_at(after, u);
    int32_t share = ONE - ramp(radii_at(eye, at_u, at_v) * 512, Q24(IRIS_EDGE_FROM), Q24(IRIS_EDGE_TO));
    int32_t raised = top - top_at(&eye->opening.before, u);
    int32_t dark = part_of(Q15(LID_SHADOW), fading(v - top, Q24(LID_SHADOW_DEPTH)));
    dark = part_of(dark, ramp(raised < 0 ? -raised : raised, 0, Q24(0.02)));
    dark += part_of(Q15(0.25), fading(least_of(u - after->left, after->right - u), Q24(0.02)));
    white_at(eye, u, v, pixel, colour);
    if (share)
        iris_at(work, eye, at_u, at_v, iris);
    int32_t own = eye->gazes ? 0 : kept_share(eye, u, v);
    for (int c = 0; c < 3; c++) {
        colour[c] = share ? blend(colour[c], iris[c], share) : colour[c];
        colour[c] = blend(part_of(colour[c], ONE - least_of(dark, Q15(0.6))), photo_at(pixel, c), own);
    }
}
