/* ---- where the points of the face go ---- */

/* Until the plan is made, `there` and `depth` hold the step of each point in the frame of the head. */
static void add_step(pixelfes_work *work, int i, const double step[3], double share)
{
    work->there[i][0] += share * step[0];
    work->there[i][1] += share * step[1];
    work->scratch.begun.depth[i] += share * step[2];
}

/* Where a point is before the change, in the frame of the head. */
static void before(const pose_t *head, const float p[3], double out[3])
{
    double image[3] = {p[0] - head->offset[0], p[1] - head->offset[1], p[2] - head->offset[2]};
    to_head(head, image, out);
}

/* Keep what an action of the lids of one side moves of its eye: lids move in units of the person's own opening. */
static void keep_lid(pixelfes_work *work, int k, int i, const double step[3])
{
    const uint16_t *eye = LID_SIDE[k] == 1 ? LEFT_EYE : RIGHT_EYE;
    for (int n = 0; n < EYE_COUNT; n++)
        for (int a = 0; eye[n] == i && a < 3; a++) {
            work->scratch.begun.of.own.lids.of_lids[LID_SIDE[k] - 1][n][a] += step[a];
            if (k == PIXELFES_EYE_BLINK_L || k == PIXELFES_EYE_BLINK_R)
                work->scratch.begun.of.own.lids.of_blink[LID_SIDE[k] - 1][n][a] = step[a];
        }
}

/* Add an action to the steps. The mirror image of a stored action moves the mirror images of its points. */
static void add_action(pixelfes_work *work, int k, double size)
{
    const stored_t *stored = &STORED[ACTION_STORED[k]];
    const uint16_t *numbers = stored->steps;
    int mirror = ACTION_MIRRORED[k];
    for (int i = 0; size > 0 && stored->moving && i < PIXELFES_POINTS; i++) {
        if (!(stored->moving[i / 8] >> i % 8 & 1))
            continue;
        double step[3];
        for (int a = 0; a < 3; a++)
            step[a] = size / 16777216.0 * half(*numbers++) * (mirror && a == 0 ? -1 : 1);
        int point = mirror ? MIRROR[i] : i;
        add_step(work, point, step, 1);
        if (LID_SIDE[k])
            keep_lid(work, k, point, step);
    }
}

/* The height of a line of points at a place; beyond its ends those go on. */
static double line_at(const double line[LID_COUNT][2], double x)
{
    if (x <= line[0][0])
        return line[0][1];
    for (int i = 1; i < LID_COUNT; i++)
        if (x < line[i][0])
            return line[i - 1][1] +
                   (line[i][1] - line[i - 1][1]) / (line[i][0] - line[i - 1][0]) * (x - line[i - 1][0]);
    return line[LID_COUNT - 1][1];
}

/* The points of a lid after the step, sorted by x. */
static void sorted_lid(const pixelfes_work *work, const double (*at)[3], const uint16_t *eye, double line[LID_COUNT][2])
{
    for (int i = 0; i < LID_COUNT; i++) {
        double x = at[1 + i][0] + work->there[eye[1 + i]][0], y = at[1 + i][1] + work->there[eye[1 + i]][1];
        int j = i;
        for (; j > 0 && line[j - 1][0] > x; j--) {
            line[j][0] = line[j - 1][0];
            line[j][1] = line[j - 1][1];
        }
        line[j][0] = x;
        line[j][1] = y;
    }
}

/* Set the upper lid down by a blink, and never below the lower one. */
static void close_eye(pixelfes_work *work, const double (*at)[3], int side, double blink, double scale)
{
    const uint16_t *eye = side ? RIGHT_EYE : LEFT_EYE;
    double line[LID_COUNT][2];
    sorted_lid(work, at, eye, line);
    for (int i = 0; i < LID_COUNT; i++) {
        int n = EYE_COUNT - 1 - i;
        double *step = work->there[eye[n]], lowest = at[1 + i][1] + work->there[eye[1 + i]][1] - at[n][1];
        double others = step[1] - scale * work->scratch.begun.of.own.lids.of_blink[side][n][1];
        if (blink > 0)
            step[1] = (1 - blink) * others + blink * (line_at((const double(*)[2])line, at[n][0] + step[0]) - at[n][1]);
        step[1] = step[1] > lowest ? lowest : step[1];
    }
}

static void move_lids(pixelfes_work *work, const pose_t *head, const float p[][3], const double *sizes)
{
    for (int side = 0; side < 2; side++) {
        const uint16_t *eye = side ? RIGHT_EYE : LEFT_EYE;
        double at[EYE_COUNT][3], opening = 0, blink = sizes[side ? PIXELFES_EYE_BLINK_R : PIXELFES_EYE_BLINK_L];
        for (int n = 0; n < EYE_COUNT; n++)
            before(head, p[eye[n]], at[n]);
        for (int i = 2; i < 5; i++)
            opening += (at[1 + i][1] - at[EYE_COUNT - 1 - i][1]) / 3;
        double scale = opening / TYPICAL_OPENING;
        scale = scale < LID_SCALES_FROM ? LID_SCALES_FROM : scale > LID_SCALES_TO ? LID_SCALES_TO : scale;
        for (int n = 0; n < EYE_COUNT; n++)
            add_step(work, eye[n], work->scratch.begun.of.own.lids.of_lids[side][n], scale - 1);
        close_eye(work, (const double(*)[3])at, side, blink < 1 ? blink : 1, scale);
    }
}

/* How far the lips are to part, in units of an open jaw. */
static double meant_opening(const double *sizes)
{
    double meant = 0;
    for (int k = 0; k < PIXELFES_ACTIONS; k++)
        meant += OPENS[k] * sizes[k];
    return meant > 0 ? meant : 0;
}

/* Lips that no action means to open stay as far apart as they were; they never cross. */
static void move_lips(pixelfes_work *work, const pose_t *head, const float p[][3], const double *sizes)
{
    double freely = smoothstep(meant_opening(sizes), MEANT_FROM, MEANT_TO);
    for (int i = 0; i < LIP_PAIRS; i++) {
        int above = LIP_RINGS[0][0][i], below = LIP_RINGS[0][1][i];
        double upper[3], lower[3];
        before(head, p[above], upper);
        before(head, p[below], lower);
        double gap = lower[1] - upper[1], after = gap + work->there[below][1] - work->there[above][1];
        double most = gap > 0 ? gap : 0, kept = after < most ? after : most;
        double wanted = freely * after + (1 - freely) * kept, least = gap < 0 ? gap : 0;
        double surplus = after - (wanted > least ? wanted : least);
        for (int ring = 0; ring < LIP_RINGS_COUNT; ring++) {
            work->there[LIP_RINGS[ring][0][i]][1] += LIP_SHARES[ring] * UPPER_LIP_SHARE * surplus;
            work->there[LIP_RINGS[ring][1][i]][1] -= LIP_SHARES[ring] * (1 - UPPER_LIP_SHARE) * surplus;
        }
    }
}

/* Plan the change of a head by actions of these sizes. */
static void plan(pixelfes_work *work, const pose_t *head, const float p[][3], const double *sizes)
{
    memset(work->there, 0, sizeof work->there);
    memset(&work->scratch.begun, 0, sizeof work->scratch.begun);
    for (int k = 0; k < PIXELFES_ACTIONS; k++)
        add_action(work, k, sizes[k]);
    move_lids(work, head, p, sizes);
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        double step[3] = {work->there[i][0], work->there[i][1], work->scratch.begun.depth[i]};
        add_step(work, i, step, seen_share(head, i) - 1);
    }
    move_lips(work, head, p, sizes);
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        double step[3] = {work->there[i][0], work->there[i][1], work->scratch.begun.depth[i]}, image[3];
        to_image(head, step, image);
        move_point(work, i, p[i], image);
        work->here[i][0] = p[i][0];
        work->here[i][1] = p[i][1];
    }
    put_ring(work, p, RING_REACH + JAW_REACH * sizes[PIXELFES_JAW_OPEN]);
}
