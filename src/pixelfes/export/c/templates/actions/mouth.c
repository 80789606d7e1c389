/* ---- the inside of the mouth ---- */

/* The colour of the middle of the lips: the median of the pixels there. */
static void lips_colour(const pixelfes_work *work, const float p[][3], double colour[3])
{
    uint8_t sorted[3][LIPS_COUNT];
    for (int i = 0; i < LIPS_COUNT; i++) {
        int n = i % (LIPS_COUNT / 2) + 2, low = i >= LIPS_COUNT / 2;
        const float *inner = p[low ? LOWER_INNER[n] : UPPER_INNER[n]], *outer = p[low ? LOWER_OUTER[n] : UPPER_OUTER[n]];
        int32_t x = held(nearest(((double)inner[0] + outer[0]) / 2), 0, work->width - 1);
        int32_t y = held(nearest(((double)inner[1] + outer[1]) / 2), 0, work->height - 1);
        for (int c = 0; c < 3; c++) {
            int j = i;
            uint8_t value = pixel_at(work, x, y)[c];
            for (; j > 0 && sorted[c][j - 1] > value; j--)
                sorted[c][j] = sorted[c][j - 1];
            sorted[c][j] = value;
        }
    }
    for (int c = 0; c < 3; c++)
        colour[c] = (sorted[c][LIPS_COUNT / 2 - 1] + sorted[c][LIPS_COUNT / 2]) / 510.0;
}

static int32_t in_15_bits(double value)
{
    return (int32_t)floor(value * ONE + 0.5);
}

/* The edges of the mouth before the change, or as planned. */
static void mouth_edges(
    const pixelfes_work *work, const frame_t *frame, const float p[][3], pixelfes_edges *edges, double ends[2][2])
{
    double points[2][LIP_PAIRS + 2][2];
    for (int i = 0; i < 2 * (LIP_PAIRS + 2); i++) {
        int n = i / 2, point = i % 2 ? LOWER_INNER[n] : UPPER_INNER[n];
        double *at = points[i % 2][n];
        to_local(frame, p ? p[point][0] : work->there[point][0], p ? p[point][1] : work->there[point][1], at);
        for (int a = 0; a < 2; a++) {
            ends[0][a] = i == 0 || at[a] < ends[0][a] ? at[a] : ends[0][a];
            ends[1][a] = i == 0 || at[a] > ends[1][a] ? at[a] : ends[1][a];
        }
    }
    find_edges((const double(*)[2])points[0], (const double(*)[2])points[1], LIP_PAIRS + 2, MOUTH_SMOOTHER, edges);
}

/* How far a point of the plan lies below where one was, in the frame of the head. */
static double lowered(const pixelfes_work *work, const pose_t *head, int point, const float from[3])
{
    double image[3] = {
        work->there[point][0] - from[0], work->there[point][1] - from[1], work->scratch.begun.depth[point] - from[2]};
    double step[3];
    to_head(head, image, step);
    return step[1];
}

/* What depends on the face only: colours, teeth, tongue, shadows. */
static void mix_mouth(
    const pixelfes_work *work, pixelfes_mouth *mouth, const double lips[3], double jaw, double width, double gap)
{
    double lower = smoothstep(jaw, LOWER_TEETH_FROM, LOWER_TEETH_TO), white[3], brightness = 0;
    double scale = width / TEETH_MOUTH_WIDTH;
    scale = scale < WIDTH_RATIOS_FROM ? WIDTH_RATIOS_FROM : scale > WIDTH_RATIOS_TO ? WIDTH_RATIOS_TO : scale;
    for (int c = 0; c < 3; c++)
        white[c] = work->white[c] / 16777216.0;
    double luminance = 0.299 * lips[0] + 0.587 * lips[1] + 0.114 * lips[2];
    brightness = GUM * (0.299 * white[0] + 0.587 * white[1] + 0.114 * white[2]) / (luminance > 0.02 ? luminance : 0.02);
    for (int c = 0; c < 3; c++) {
        double gum = brightness * lips[c];
        mouth->dark[c] = in_15_bits(DARK * lips[c]);
        mouth->tongue[c] = in_15_bits(TONGUE * lips[c]);
        mouth->gum[c] = in_15_bits(gum > 1 ? 1 : gum);
        mouth->teeth[0][c] = in_15_bits(0.55 * lower * white[c]);
        mouth->teeth[1][c] = in_15_bits(0.97 * white[c]);
    }
    mouth->shown[0] = in_15_bits(1.1 * lower < 1 ? 1.1 * lower : 1);
    mouth->shown[1] = ONE;
    mouth->lower_from = to_fixed(0.028 + jaw * 0.93);
    mouth->teeth_each = (int32_t)(32 / (TEETH_STEP * scale) * 256);
    mouth->gum_line = to_fixed(-GUM_HEIGHT * scale);
    mouth->tooth_turns = (int32_t)(65536 / (TOOTH_WIDTH * scale));
    mouth->tongue_shown = in_15_bits(smoothstep(gap, TONGUE_SHOWN_FROM, TONGUE_SHOWN_TO));
    mouth->tongue_height = to_fixed(0.48 * gap);
    mouth->tongue_edge = to_fixed(0.25 * gap + 1e-3);
    mouth->narrow = in_15_bits(0.25 * (1 - smoothstep(mouth->opening.after.height / 16777216.0, 0.03, 0.12)));
    mouth->still = in_15_bits(1 - smoothstep(jaw, 0.02, 0.10));
}

/* Decide what the mouth shows, after the plan is made. */
static void plan_mouth(pixelfes_work *work, const pose_t *head, const float p[][3])
{
    pixelfes_mouth *mouth = &work->own.mouth;
    pixelfes_opening *opening = &mouth->opening;
    frame_t frame = {{0, 0}, {head->rotation[0][0], head->rotation[1][0]}, head->scale};
    double ends[2][2], corner[2][3], upper[3], lower[3], local[2][2], lips[3];
    double length = sqrt(frame.along[0] * frame.along[0] + frame.along[1] * frame.along[1]);
    if (head->scale < SMALLEST_FACE || head->scale > LARGEST_FACE)
        return;
    for (int a = 0; a < 2; a++) {
        frame.along[a] /= length < 1e-6 ? 1e-6 : length;
        frame.origin[a] = ((double)p[LEFT_CORNER][a] + p[RIGHT_CORNER][a]) / 2;
    }
    mouth_edges(work, &frame, p, &opening->before, ends);
    mouth_edges(work, &frame, 0, &opening->after, ends);
    int32_t more = opening->after.height - opening->before.height;
    if (opening->after.height < Q24(OPENED) || (more < 0 ? -more : more) < Q24(OPENED))
        return;
    put_box(work, &frame, ends[0], ends[1], MOUTH_MARGIN, opening);
    before(head, p[UPPER_LIP], upper);
    before(head, p[LOWER_LIP], lower);
    before(head, p[LEFT_CORNER], corner[0]);
    before(head, p[RIGHT_CORNER], corner[1]);
    to_local(&frame, p[UPPER_LIP][0], p[UPPER_LIP][1], local[0]);
    to_local(&frame, p[LOWER_LIP][0], p[LOWER_LIP][1], local[1]);
    mouth->middle[0] = to_fixed((local[0][0] + local[1][0]) / 2);
    mouth->middle[1] = to_fixed(local[0][1]);
    double own = lower[1] - upper[1], jaw = lowered(work, head, CHIN, p[CHIN]);
    double gap = own + lowered(work, head, LOWER_LIP, p[LOWER_LIP]) - lowered(work, head, UPPER_LIP, p[UPPER_LIP]);
    mouth->own_gap = to_fixed(own > 1e-3 ? own : 1e-3);
    mouth->own = in_15_bits(smoothstep(own, OWN_GAP_FROM, OWN_GAP_TO));
    mouth->wide = in_15_bits(smoothstep(own, WIDE_FROM, WIDE_TO));
    opening->soft = (int32_t)(256 / (1.2 / head->scale > MOUTH_SOFTNESS ? 1.2 / head->scale : MOUTH_SOFTNESS));
    lips_colour(work, p, lips);
    mix_mouth(work, mouth, lips, jaw > 0 ? jaw : 0, fabs(corner[0][0] - corner[1][0]), gap);
}

/* The sine of turns, 24 fractional bits. */
static int32_t sine(int64_t turns)
{
    uint32_t place = (uint32_t)(turns & 0xffffff);
    return blend(SINES[place >> 16], SINES[(place >> 16) + 1], (int32_t)(place & 65535) / 2);
}

/* Turns of an angle of so many radians for 1. */
static int64_t turns(int32_t value, int32_t of_1024)
{
    return down64((int64_t)value * of_1024, 10);
}

/* Brightness and alpha of the upper teeth at a place from the middle of the resting lips. */
static void teeth_at(const pixelfes_mouth *mouth, int32_t u, int32_t v, int32_t out[2])
{
    int64_t place[2];
    int32_t whole[2], share[2], sum[2] = {0, 0};
    place[0] = down64((int64_t)u * mouth->teeth_each + ((int64_t)1 << 31), 32) + TEETH_LEFT_32NDS;
    place[1] = down64((int64_t)v * mouth->teeth_each + ((int64_t)1 << 31), 32) + TEETH_ABOVE_32NDS;
    place[1] = place[1] < 0 ? 0 : place[1];
    out[0] = out[1] = 0;
    if (place[0] < -32 || place[0] > 32 * TEETH_COLUMNS || place[1] > 32 * (TEETH_TOP + TEETH_ROWS))
        return;
    for (int a = 0; a < 2; a++) {
        whole[a] = down((int32_t)place[a], 5);
        share[a] = (int32_t)place[a] & 31;
    }
    for (int i = 0; i < 4; i++) {
        int32_t x = whole[0] + (i & 1), y = whole[1] + (i >> 1) - TEETH_TOP;
        int32_t weight = (i & 1 ? share[0] : 32 - share[0]) * (i >> 1 ? share[1] : 32 - share[1]);
        y = y < 0 ? 0 : y;
        for (int k = 0; k < 2 && x >= 0 && x < TEETH_COLUMNS && y < TEETH_ROWS; k++)
            sum[k] += weight * TEETH[k][y * TEETH_COLUMNS + x];
    }
    for (int k = 0; k < 2; k++)
        out[k] = (sum[k] * 32 + 127) / 255;
}

/* How much of the tongue shows: a mound on the floor of a mouth that is wide open. */
static int32_t tongue_at(const pixelfes_mouth *mouth, int32_t u, int32_t v)
{
    const pixelfes_edges *after = &mouth->opening.after;
    int32_t half_width = (after->right - after->left) / 2, middle = after->left + half_width;
    int32_t reach = (int32_t)((int64_t)half_width * Q15(0.72) >> 15), away = u > middle ? u - middle : middle - u;
    reach = reach < Q24(0.001) ? Q24(0.001) : reach;
    if (!mouth->tongue_shown || away >= reach)
        return 0;
    int32_t across = (int32_t)(((int64_t)away << 15) / reach), height = root((uint32_t)((1 << 30) - across * across));
    int32_t surface = bottom_at(after, u) - (int32_t)((int64_t)mouth->tongue_height * height >> 15);
    int32_t alpha = ramp(v - surface, -mouth->tongue_edge, mouth->tongue_edge);
    return part_of(part_of(alpha, ramp((ONE - across) * 512, 0, Q24(0.45))), mouth->tongue_shown);
}

/* The cavity, the tongue, the lower and the upper teeth, and the gums at a place from the middle of the resting lips. */
static void behind_lips(const pixelfes_mouth *mouth, int32_t u, int32_t v, int32_t tongue, int32_t colour[3])
{
    int32_t texture = ONE + part_of(Q15(0.10), part_of(sine(turns(u, 6193) + Q24(0.15915494)), sine(turns(v, 8638))));
    texture -= part_of(Q15(0.18), bell(u, Q24(0.012)));
    for (int c = 0; c < 3; c++)
        colour[c] = blend(mouth->dark[c], part_of(mouth->tongue[c], texture), tongue);
    for (int upper = 0; upper < 2; upper++) {
        int32_t teeth[2];
        teeth_at(mouth, upper ? u : u + u / 4, upper ? v : mouth->lower_from - v, teeth);
        int32_t share = part_of(teeth[1], mouth->shown[upper]);
        for (int c = 0; c < 3; c++)
            colour[c] = blend(colour[c], part_of(teeth[0], mouth->teeth[upper][c]), share);
    }
    int32_t wave = sine(down64((int64_t)u * mouth->tooth_turns, 16) + (1 << 22));
    int32_t line = mouth->gum_line + part_of(Q15(0.008), wave) * 512;
    int32_t gum = ONE - ramp(v, line - Q24(0.006), line + Q24(0.006));
    for (int c = 0; c < 3; c++)
        colour[c] = blend(colour[c], mouth->gum[c], gum);
}

/* What the shadow of the lips and of the corners leaves at a place. */
static int32_t lit_share(const pixelfes_mouth *mouth, int32_t u, int32_t v)
{
    const pixelfes_edges *after = &mouth->opening.after;
    int32_t corner = least_of(u - after->left, after->right - u), dark = mouth->narrow;
    dark += part_of(Q15(LIP_SHADOW), fading(v - top_at(after, u), Q24(SHADOW_DEPTH)));
    dark += part_of(Q15(0.25), fading(bottom_at(after, u) - v, Q24(0.02)));
    dark += part_of(Q15(0.40), fading(corner, Q24(0.04)));
    return held(ONE - dark, Q15(0.08), ONE);
}

/* How much of the photo's own mouth is kept: between lips that were open, and where they still are. */
static int32_t own_share(const pixelfes_mouth *mouth, int32_t u, int32_t v)
{
    const pixelfes_edges *edges = &mouth->opening.before;
    int32_t own = mouth->own ? part_of(inside(edges, u, v - Q24(0.004), 50 * 256), mouth->own) : 0;
    int32_t below = v - top_at(edges, u);
    int64_t from_top = own ? (int64_t)below * 16777216 / mouth->own_gap : 0;
    int32_t upper = ONE - ramp((int32_t)(from_top > Q24(2) ? Q24(2) : from_top < 0 ? 0 : from_top), Q24(0.4), Q24(1.0));
    return own ? part_of(own, upper > mouth->still ? upper : mouth->still) : 0;
}

/* Draw the inside of the mouth into a line of the photo. */
static void mouth_line(const pixelfes_work *work, int32_t y, uint8_t *line)
{
    const pixelfes_mouth *mouth = &work->own.mouth;
    const pixelfes_opening *opening = &mouth->opening;
    for (int32_t x = opening->left; y >= opening->top && y < opening->bottom && x < opening->right; x++) {
        int32_t u = local_at(opening, 0, x, y), v = local_at(opening, 1, x, y), colour[3];
        int32_t alpha = inside(&opening->after, u, v, opening->soft);
        if (alpha <= ONE / 512)
            continue;
        behind_lips(mouth, u - mouth->middle[0], v - mouth->middle[1], tongue_at(mouth, u, v), colour);
        int32_t lit = lit_share(mouth, u, v), own = part_of(own_share(mouth, u, v), ONE - mouth->wide);
        for (int c = 0; c < 3; c++) {
            int32_t behind = blend(part_of(colour[c], lit), photo_at(line + 3 * x, c), mouth->wide);
            colour[c] = blend(behind, photo_at(pixel_at(work, x, y), c), own);
        }
        lay(line + 3 * x, colour, alpha);
    }
}
