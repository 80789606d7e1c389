/* ---- the pixels ---- */

static void add_entry(const pixelfes_work *work, int32_t row, int32_t column, int32_t share, int64_t (*sum)[3])
{
    if (row >= 0 && row < PIXELFES_SIDE && column >= 0 && column < PIXELFES_SIDE)
        sum[0][0] += (int64_t)(work->own.weight[row * PIXELFES_SIDE + column] * 16) * share;
}

/* One pixel of skin: the photo where it comes from, times its weight. */
static void change(const pixelfes_work *work, const int32_t at[4], uint8_t *out)
{
    int32_t colour[3];
    int64_t sum[MAPS][3] = {{0}};
    sample(work, at, colour);
    look_up(work, at + 2, sum);
    int32_t weight = (int32_t)down64(sum[0][0], 28);
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)held(colour[c] + down(colour[c] * weight + (1 << 19), 20), 0, 255);
}

/* How deep furrows are drawn: children get none. */
static double furrowed_share(pixelfes_work *work, const pose_t *head, const float p[][3])
{
#if FURROWED
    double sizes[ACTIONS], none[3] = {0, 0, 0};
    for (int i = 0; i < PIXELFES_POINTS; i++)
        move_point(work, i, p[i], none);
    shown_actions(work, head, sizes);
    return 1 - smoothstep(childlikeness(work, head, sizes), CHILDLIKE_FROM, CHILDLIKE_TO);
#else
    return work && head && p ? 0 : 1;
#endif
}

/* Nothing is drawn into openings that are not planned. */
static void forget_openings(pixelfes_work *work)
{
    memset(&work->own, 0, sizeof work->own);
}

int pixelfes_begin(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3],
    const float sizes[PIXELFES_ACTIONS])
{
    double drawn[PIXELFES_ACTIONS], most = 0;
    if (!sizes || !takes(work, in, width, height, landmarks))
        return PIXELFES_BAD_INPUT;
    forget_openings(work);
    int result = mix(sizes, drawn);
    if (result != PIXELFES_OK)
        return result;
    pose_t head = pose_of(landmarks, HEAD_SPREAD, HEAD_ORIGIN, HEAD_SPREAD_SIZE);
    double seen = 1 - smoothstep(fabs(yaw_of(&head)), TURNED_FROM, TURNED_TO);
    for (int k = 0; k < PIXELFES_ACTIONS; k++) {
        most = drawn[k] > most ? drawn[k] : most;
        drawn[k] *= seen;
    }
    if (most == 0)
        return PIXELFES_OK;
    shade(work, drawn, furrowed_share(work, &head, landmarks));
    plan(work, &head, landmarks, drawn);
#if PIXELFES_MOUTH
    read_light(work, landmarks);
    plan_mouth(work, &head, landmarks);
#endif
#if PIXELFES_EYES
    for (int side = 0; side < 2; side++)
        plan_eye(work, &head, landmarks, drawn, side);
    for (int side = 0; side < 2; side++)
        if (work->own.eyes[side].opening.right - work->own.eyes[side].opening.left > PIXELFES_WIDEST)
            return PIXELFES_TOO_WIDE;
#endif
    return place(work, eye_distance(landmarks));
}

void pixelfes_line(pixelfes_work *work, uint8_t *line)
{
    int32_t y = work->next++;
    skin_line(work, y, line);
#if PIXELFES_EYES
    for (int side = 0; side < 2; side++)
        eye_line(work, &work->own.eyes[side], y, line);
#endif
#if PIXELFES_MOUTH
    mouth_line(work, y, line);
#endif
}

int pixelfes_apply(
    pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3], uint8_t *out,
    const float sizes[PIXELFES_ACTIONS])
{
    int result = out ? pixelfes_begin(work, in, width, height, landmarks, sizes) : PIXELFES_BAD_INPUT;
    for (int y = 0; result == PIXELFES_OK && y < height; y++)
        pixelfes_line(work, out + 3 * ((int64_t)y * width));
    return result;
}
