/* ---- the eyes: the eyeball behind lids that have moved, and the skin of a closed lid ---- */

/* A kernel of a Gaussian blur. */
static void find_kernel(double sigma, pixelfes_blur *blur)
{
    double value[PIXELFES_BLUR + 1], sum = 0;
    int32_t size = nearest(sigma * 8 + 1) | 1;
    blur->reach = least_of(size / 2, PIXELFES_BLUR);
    for (int32_t i = 0; i <= blur->reach; i++) {
        value[i] = exp(-i * i / (2 * sigma * sigma));
        sum += i ? 2 * value[i] : value[i];
    }
    for (int32_t i = 0; i <= blur->reach; i++)
        blur->kernel[i] = to_fixed(value[i] / sum);
}

/* A line through few points, sorted by u, at places that are evenly spaced. */
static void sample_line(double (*points)[2], int count, pixelfes_line_of *line)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && points[j - 1][0] > points[j][0]; j--)
            for (int a = 0; a < 2; a++) {
                double moving = points[j][a];
                points[j][a] = points[j - 1][a];
                points[j - 1][a] = moving;
            }
    double start = points[0][0], span = points[count - 1][0] - start;
    span = span < 0.01 ? 0.01 : span;
    for (int i = 0, k = 0; i < PIXELFES_FINE; i++) {
        double u = start + span * i / (PIXELFES_FINE - 1);
        while (k < count - 2 && u >= points[k + 1][0])
            k++;
        double step = points[k + 1][0] - points[k][0], share = step > 0 ? (u - points[k][0]) / step : 1;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        line->v[i] = to_fixed((1 - share) * points[k][1] + share * points[k + 1][1]);
    }
    line->start = to_fixed(start);
    line->each = (int32_t)((PIXELFES_FINE - 1) / span * 65536);
}

static void extend(double ends[2][2], const double point[2])
{
    for (int a = 0; a < 2; a++) {
        ends[0][a] = point[a] < ends[0][a] ? point[a] : ends[0][a];
        ends[1][a] = point[a] > ends[1][a] ? point[a] : ends[1][a];
    }
}

/* The edges of an eye, before the change or as planned. */
static void eye_edges(
    const pixelfes_work *work, const frame_t *frame, const float p[][3], int side, double lines[2][EYE_LINE][2],
    double ends[2][2])
{
    const uint16_t *eye = side ? RIGHT_EYE : LEFT_EYE;
    for (int i = 0; i < 2 * EYE_LINE; i++) {
        int n = i / 2, lower = i % 2, point = eye[n == 0 || lower || n == EYE_LINE - 1 ? n : EYE_COUNT - n];
        double *at = lines[lower][n];
        to_local(frame, p ? p[point][0] : work->there[point][0], p ? p[point][1] : work->there[point][1], at);
        extend(ends, at);
    }
}

/* Where the iris goes when the eye turns. */
static void find_shift(const pose_t *head, const frame_t *frame, const double *sizes, int side, pixelfes_eye *eye)
{
    const uint8_t *turn = GAZE_ACTIONS[side];
    double left = (side ? -1 : 1) * EYE_SIDEWAYS * (sizes[turn[0]] - sizes[turn[1]]) * 0.017453292519943295;
    double up = (EYE_UP * sizes[turn[2]] - EYE_DOWN * sizes[turn[3]]) * 0.017453292519943295;
    double ball[3] = {sin(left) * cos(up), -sin(up), 1 - cos(left) * cos(up)}, moved[3], shift[2];
    for (int a = 0; a < 3; a++)
        ball[a] *= BALL_RADIUS;
    to_image(head, ball, moved);
    to_local(frame, frame->origin[0] + moved[0], frame->origin[1] + moved[1], shift);
    for (int a = 0; a < 2; a++)
        eye->shift[a] = to_fixed(shift[a]);
    eye->gazes = fabs(shift[0]) >= EYE_STILL || fabs(shift[1]) >= EYE_STILL;
}

/* The colour of the upper lashes: the median of the darkest places along the lid. */
static void find_lashes(const pixelfes_work *work, pixelfes_eye *eye)
{
    const pixelfes_edges *edges = &eye->opening.before;
    int32_t sorted[3][LASH_PLACES], colour[3], darkest[3];
    for (int i = 0; i < LASH_PLACES; i++) {
        int32_t u = edges->left + (int32_t)((int64_t)(edges->right - edges->left) * (i + 4) / (LASH_PLACES + 7));
        int32_t least = INT32_MAX, top = top_at(edges, u);
        for (int k = 0; k < 7; k++) {
            read_photo(work, eye, u, top - Q24(0.015) + k * Q24(0.023 / 6), colour);
            int32_t light = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) / 100;
            if (light < least)
                memcpy(darkest, colour, sizeof colour);
            least = least_of(light, least);
        }
        for (int c = 0; c < 3; c++) {
            int j = i;
            for (; j > 0 && sorted[c][j - 1] > darkest[c]; j--)
                sorted[c][j] = sorted[c][j - 1];
            sorted[c][j] = darkest[c];
        }
    }
    for (int c = 0; c < 3; c++)
        eye->lash[c] = sorted[c][LASH_PLACES / 2];
}

/* How much brighter the lid becomes, to be nearer to the skin below the eye: it is not painted. */
static double lid_gain(const pixelfes_work *work, const pixelfes_eye *eye)
{
    const pixelfes_opening *box = &eye->opening;
    const pixelfes_edges *edges = &box->before;
    int64_t light[2] = {0, 0};
    int32_t count[2] = {0, 0};
    for (int32_t y = box->top; y < box->bottom; y++)
        for (int32_t x = box->left; x < box->right; x++) {
            int32_t u = local_at(box, 0, x, y), v = local_at(box, 1, x, y), below = v > bottom_at(edges, u) + Q24(0.04);
            int above = v > height_at(&eye->given, u) && v < top_at(edges, u) - Q24(LASH_BAND);
            if (u <= edges->left || u >= edges->right)
                continue;
            for (int k = 0; k < 2; k++)
                if (k ? above : below) {
                    light[k] += luminance(pixel_at(work, x, y));
                    count[k]++;
                }
        }
    if (count[0] < 20 || count[1] < 20)
        return 1;
    double around = light[0] / 255000.0 / count[0], own = light[1] / 255000.0 / count[1];
    double gain = around / (own > 0.02 ? own : 0.02);
    return sqrt(gain < 0.85 ? 0.85 : gain > 1.25 ? 1.25 : gain);
}

/* Prepare the skin that a closing lid is made of. */
static void plan_lid(
    const pixelfes_work *work, const frame_t *frame, double lid[2][LID_COUNT][2], double brow[][2], double blink,
    pixelfes_eye *eye)
{
    sample_line(lid[0], LID_COUNT, &eye->given);
    sample_line(lid[1], LID_COUNT, &eye->start);
    sample_line(brow, BROW_COUNT, &eye->brow);
    find_kernel(0.010 * frame->scale > 0.6 ? 0.010 * frame->scale : 0.6, &eye->blur[0]);
    find_kernel(0.004 * frame->scale > 0.6 ? 0.004 * frame->scale : 0.6, &eye->blur[1]);
    find_lashes(work, eye);
    eye->gain = (int32_t)floor((lid_gain(work, eye) - 1) * ONE + 0.5);
    eye->closing = (int32_t)floor(smoothstep(blink, CLOSING_FROM, CLOSING_TO) * ONE + 0.5);
    eye->lashes = (int32_t)floor(smoothstep(blink, LASHES_SHOWN_FROM, LASHES_SHOWN_TO) * ONE + 0.5);
}

/* What depends on the photo's own eye. */
static void plan_ball(const pixelfes_work *work, const frame_t *frame, pixelfes_eye *eye)
{
    int32_t height = eye->opening.before.height < Q24(0.001) ? Q24(0.001) : eye->opening.before.height;
    eye->above = least_of(Q24(MARGIN_ABOVE), height / 4);
    eye->below = least_of(Q24(MARGIN_BELOW), (int32_t)((int64_t)height * 3 / 20));
    find_kernel(0.01 * frame->scale > 0.8 ? 0.01 * frame->scale : 0.8, &eye->blur[0]);
    find_iris(work, eye);
    find_rings(work, eye);
    find_whites(work, eye);
}

/* The frame of an eye: from its corner that is left in the image to the right one, for an upright face. */
static frame_t eye_frame(const float p[][3], const uint16_t *outline)
{
    frame_t frame = {{0, 0}, {0, 0}, eye_distance(p)};
    double length = 0;
    for (int a = 0; a < 2; a++) {
        frame.origin[a] = ((double)p[outline[0]][a] + p[outline[8]][a]) / 2;
        frame.along[a] = (double)p[outline[8]][a] - p[outline[0]][a];
        length += frame.along[a] * frame.along[a];
    }
    length = sqrt(length) < 1e-6 ? 1e-6 : sqrt(length);
    for (int a = 0; a < 2; a++)
        frame.along[a] /= length;
    return frame;
}

/* The lines of points above an eye: where its lid begins, before and as planned, and the lower edge of the brow. */
static void lines_above(
    const pixelfes_work *work, const frame_t *frame, const float p[][3], int side, double lid[2][LID_COUNT][2],
    double brow[BROW_COUNT][2])
{
    for (int i = 0; i < LID_COUNT; i++) {
        int point = LID_TOP[side][i];
        to_local(frame, p[point][0], p[point][1], lid[0][i]);
        to_local(frame, work->there[point][0], work->there[point][1], lid[1][i]);
    }
    for (int i = 0; i < BROW_COUNT; i++)
        to_local(frame, p[LOWER_BROW[side][i]][0], p[LOWER_BROW[side][i]][1], brow[i]);
}

/* Whether a lid or the iris moves by enough to be drawn. */
static int eye_moves(const pixelfes_eye *eye, double lines[2][2][EYE_LINE][2])
{
    double most = 0;
    for (int i = 0; i < 4 * EYE_LINE; i++) {
        double step = fabs(lines[1][i & 1][i / 4][i >> 1 & 1] - lines[0][i & 1][i / 4][i >> 1 & 1]);
        most = step > most ? step : most;
    }
    return eye->gazes || most >= EYE_STILL;
}

/* The way from the frame of an eye, 24 fractional bits, to pixels, 41 of them. */
static void find_way_back(const frame_t *frame, pixelfes_eye *eye)
{
    for (int a = 0; a < 2; a++) {
        eye->to_photo[a][0] = (int64_t)floor(131072 * frame->scale * frame->along[a] + 0.5);
        eye->to_photo[a][1] = (int64_t)floor(131072 * frame->scale * (a ? frame->along[0] : -frame->along[1]) + 0.5);
        eye->to_photo[a][2] = (int64_t)(frame->origin[a] * 2199023255552.0);
    }
}

/* Decide what an eye shows, after the plan is made. */
static void plan_eye(pixelfes_work *work, const pose_t *head, const float p[][3], const double *sizes, int side)
{
    pixelfes_eye *eye = &work->own.eyes[side];
    pixelfes_opening *box = &eye->opening;
    double lines[2][2][EYE_LINE][2], lid[2][LID_COUNT][2], brow[BROW_COUNT][2];
    double ends[2][2] = {{1e9, 1e9}, {-1e9, -1e9}}, blink = sizes[side ? PIXELFES_EYE_BLINK_R : PIXELFES_EYE_BLINK_L];
    frame_t frame = eye_frame(p, side ? RIGHT_EYE : LEFT_EYE);
    eye_edges(work, &frame, p, side, lines[0], ends);
    eye_edges(work, &frame, 0, side, lines[1], ends);
    find_shift(head, &frame, sizes, side, eye);
    if (frame.scale < SMALLEST_FACE || frame.scale > LARGEST_FACE || !eye_moves(eye, lines))
        return;
    eye->shows_lid = blink > CLOSING_FROM;
    lines_above(work, &frame, p, side, lid, brow);
    for (int i = 0; eye->shows_lid && i < LID_COUNT + BROW_COUNT; i++)
        extend(ends, i < LID_COUNT ? lid[0][i] : brow[i - LID_COUNT]);
    put_box(work, &frame, ends[0], ends[1], EYE_MARGIN, box);
    if (box->top >= box->bottom || box->left >= box->right)
        return;
    for (int k = 0; k < 2; k++) {
        const double(*upper)[2] = (const double(*)[2])lines[k][0], (*lower)[2] = (const double(*)[2])lines[k][1];
        find_edges(upper, lower, EYE_LINE, EYE_SMOOTHER, k ? &box->after : &box->before);
    }
    find_way_back(&frame, eye);
    eye->shut = (int32_t)floor(smoothstep(blink, SHUT_FROM, SHUT_TO) * ONE + 0.5);
    box->soft = (int32_t)(256 / (1.2 / frame.scale > EYE_SOFTNESS ? 1.2 / frame.scale : EYE_SOFTNESS));
    eye->shows_ball = eye->shut < ONE && box->after.height > 2 / frame.scale * 16777216.0;
    if (eye->shows_ball)
        plan_ball(work, &frame, eye);
    if (eye->shows_lid)
        plan_lid(work, &frame, lid, brow, blink, eye);
}

/* Where the skin of a closed lid begins and ends at u, and what of the photo it is drawn from. */
typedef struct {
    int32_t start, margin, given, clear;
} lid_t;

static lid_t lid_at(const pixelfes_eye *eye, int32_t u)
{
    lid_t lid;
    int32_t top = top_at(&eye->opening.before, u), lowest;
    lid.margin = top_at(&eye->opening.after, u);
    lid.margin = blend(lid.margin, bottom_at(&eye->opening.after, u), eye->shut);
    lid.start = height_at(&eye->start, u);
    lid.given = height_at(&eye->given, u);
    lowest = least_of(height_at(&eye->brow, u) + Q24(0.02), top - 2 * Q24(LASH_BAND));
    lid.given = lid.given > lowest ? lid.given : lowest;
    lid.clear = top - Q24(LASH_BAND) > lid.given + Q24(0.01) ? top - Q24(LASH_BAND) : lid.given + Q24(0.01);
    return lid;
}

/* How far down the closed lid a place is, 15 fractional bits. */
static int32_t down_lid(const lid_t *lid, int32_t v)
{
    int32_t height = lid->margin - lid->start;
    return ratio(v - lid->start, height < Q24(0.001) ? Q24(0.001) : height);
}

/* Draw a row of the skin of a closed lid, blurred downwards, into `outer`, which is not in use between two lines. */
static void lid_row(pixelfes_work *work, const pixelfes_eye *eye, int32_t y)
{
    const pixelfes_opening *box = &eye->opening;
    const pixelfes_blur *blur = &eye->blur[1];
    for (int32_t x = box->left; x < box->right; x++) {
        int32_t colour[3], sum[3] = {0, 0, 0};
        for (int32_t i = -blur->reach; i <= blur->reach; i++) {
            int32_t row = reflected(y + i, box->top, box->bottom - 1);
            int32_t u = local_at(box, 0, x, row), v = local_at(box, 1, x, row);
            lid_t lid = lid_at(eye, u);
            read_photo(work, eye, u, blend(lid.given, lid.clear, down_lid(&lid, v)), colour);
            for (int c = 0; c < 3; c++)
                sum[c] += part_of(colour[c], blur->kernel[i < 0 ? -i : i] >> 9);
        }
        for (int c = 0; c < 3; c++)
            work->outer[x - box->left][c] = sum[c];
    }
}

/* The skin of a closed lid at a pixel of the row, lit as a lid is. */
static void lid_colour(const pixelfes_work *work, const pixelfes_eye *eye, int32_t x, int32_t share, int32_t colour[3])
{
    const pixelfes_opening *box = &eye->opening;
    const pixelfes_blur *blur = &eye->blur[0];
    int32_t lifted = ONE + part_of(eye->gain, ramp(share * 512, 0, Q24(0.5)));
    int32_t away = (share - Q15(0.6)) * 512;
    int32_t rounded = ONE + part_of(Q15(0.04), bell(away, Q24(0.2)));
    rounded -= part_of(Q15(0.08), ramp(share * 512, Q24(0.75), Q24(1.0)));
    for (int c = 0; c < 3; c++) {
        int32_t sum = 0;
        for (int32_t i = -blur->reach; i <= blur->reach; i++) {
            int32_t column = reflected(x + i, box->left, box->right - 1) - box->left;
            sum += part_of(work->outer[column][c], blur->kernel[i < 0 ? -i : i] >> 9);
        }
        colour[c] = part_of(least_of(part_of(sum, lifted), ONE), rounded);
    }
}

/* The line of lashes at places this far below the margin of the closed lid. */
static int32_t lashes_at(int32_t below)
{
    int32_t line = part_of(Q15(0.65), bell(below, Q24(LASH_WIDTH)));
    return least_of(line + (below > 0 ? part_of(Q15(0.25), fading(below, Q24(0.018))) : 0), Q15(0.8));
}

/* Lay a closed lid over a pixel. */
static void close_pixel(
    const pixelfes_work *work, const pixelfes_eye *eye, int32_t x, int32_t y, const uint8_t skin[3], uint8_t *pixel)
{
    const pixelfes_opening *box = &eye->opening;
    const pixelfes_edges *old = &box->before;
    int32_t u = local_at(box, 0, x, y), v = local_at(box, 1, x, y), colour[3];
    lid_t lid = lid_at(eye, u);
    int32_t share = down_lid(&lid, v), below = v - lid.margin, under = 0;
    int32_t ends = ramp(least_of(u - old->left, old->right - u), -Q24(0.015), Q24(0.035));
    int32_t alpha = part_of(ramp(share * 512, 0, Q24(0.35)), ramp(Q24(0.006) - below, -Q24(0.006), Q24(0.006)));
    alpha = v > lid.start ? alpha : 0;
    if (below > 0)
        under = part_of(ONE - ramp(below, Q24(LOWER_FADE_FROM), Q24(LOWER_FADE_TO)), eye->shut);
    alpha = part_of(part_of(alpha > under ? alpha : under, ends), eye->closing);
    int32_t lashes = part_of(part_of(lashes_at(below), ends), eye->lashes);
    if (alpha + part_of(ONE - alpha, lashes) <= ONE / 512)
        return;
    if (below > 0)
        read_photo(work, eye, u, bottom_at(old, u) + below + Q24(LOWER_MARGIN), colour);
    else
        lid_colour(work, eye, x, share, colour);
    for (int c = 0; c < 3; c++)
        colour[c] = blend(alpha > Q15(0.01) ? colour[c] : photo_at(skin, c), eye->lash[c], lashes);
    lay(pixel, colour, alpha + part_of(ONE - alpha, lashes));
}

/* Draw an eye into a line of the photo. */
static void eye_line(pixelfes_work *work, const pixelfes_eye *eye, int32_t y, uint8_t *line)
{
    const pixelfes_opening *box = &eye->opening;
    if (y < box->top || y >= box->bottom)
        return;
    if (eye->shows_lid)
        lid_row(work, eye, y);
    for (int32_t x = box->left; x < box->right; x++) {
        uint8_t *pixel = line + 3 * x, skin[3] = {pixel[0], pixel[1], pixel[2]};
        int32_t u = local_at(box, 0, x, y), v = local_at(box, 1, x, y), colour[3];
        int32_t alpha = eye->shows_ball ? part_of(inside(&box->after, u, v, box->soft), ONE - eye->shut) : 0;
        if (alpha > ONE / 512) {
            ball_at(work, eye, u, v, pixel_at(work, x, y), colour);
            lay(pixel, colour, alpha);
        }
        if (eye->shows_lid)
            close_pixel(work, eye, x, y, skin, pixel);
    }
}
