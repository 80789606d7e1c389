/* ---- where the points of the face go ---- */

/* How far one point lies below another, as the head has it. */
static double below(const pixelfes_work *work, const pose_t *pose, int upper, int lower)
{
    double a[3], b[3];
    canonical(work, pose, upper, a);
    canonical(work, pose, lower, b);
    return b[1] - a[1];
}

static double openness_of(const pixelfes_work *work, const pose_t *frame)
{
    double gap = below(work, frame, UPPER_LIP, LOWER_LIP) - RESTING_GAP;
    double openness = FULL_GAP > 0 && gap > 0 ? gap / FULL_GAP : 0;
    return openness < WIDEST_OPEN ? openness : WIDEST_OPEN;
}

static double strength_of(const pixelfes_work *work, const pose_t *frame)
{
    double strength = READOUT_OFFSET, point[3];
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        canonical(work, frame, i, point);
        for (int a = 0; a < 3; a++)
            strength += READOUT_AT(3 * i + a) * point[a];
    }
    return strength;
}

/* How much of each opposing action is taken back. */
static void opposing(const double sizes[ACTIONS], double own, double meant[TAKEN_COUNT + 1])
{
    double smiling = smoothstep(sizes[SMILE], SMILING_FROM, SMILING_TO);
    for (int t = 0; t < TAKEN_COUNT; t++) {
        double size = sizes[TAKEN[t]];
        size *= TAKEN[t] == JAW_OPEN ? 1 - own : 1;
        if (TAKEN[t] == BROW_DOWN)
            size = size > sizes[BROW_UP] ? size - sizes[BROW_UP] : 0;
        meant[t] = GAINS[t] * size * smoothstep(size, CLEAR_FROM, CLEAR_TO) * (1 - smiling);
    }
}

static void back_step(const pose_t *head, int i, const double meant[TAKEN_COUNT + 1], double out[3])
{
    double step[3] = {0, 0, 0};
    for (int t = 0; t < TAKEN_COUNT; t++)
        for (int a = 0; a < 3; a++)
            step[a] -= meant[t] * TAKEN_ACTIONS_AT(3 * (PIXELFES_POINTS * t + i) + a);
    to_image(head, step, out);
}

/* Close inner lips that cross. */
static void seal(pixelfes_work *work, const pose_t *head)
{
    for (int i = 0; i < LIP_PAIRS; i++) {
        double crossed = -below(work, head, UPPER_INNER[i + 1], LOWER_INNER[i + 1]), step[3];
        for (int low = 0; crossed > 0 && low < 2; low++) {
            double down[3] = {0, crossed * (low ? 1 - UPPER_LIP_SHARE : -UPPER_LIP_SHARE), 0};
            int point = low ? LOWER_INNER[i + 1] : UPPER_INNER[i + 1];
            to_image(head, down, step);
            work->there[point][0] += step[0];
            work->there[point][1] += step[1];
            work->scratch.begun.depth[point] += step[2];
        }
    }
}

static double long_by(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* How much of the inside of the mouth stays where it is: as much as there is room beside the moving lips. */
static double still_share(const pixelfes_work *work, const float p[][3], double own)
{
    double gap = long_by((double)p[LOWER_LIP][0] - p[UPPER_LIP][0], (double)p[LOWER_LIP][1] - p[UPPER_LIP][1]);
    double upper = long_by(work->there[UPPER_LIP][0] - p[UPPER_LIP][0], work->there[UPPER_LIP][1] - p[UPPER_LIP][1]);
    double lower = long_by(work->there[LOWER_LIP][0] - p[LOWER_LIP][0], work->there[LOWER_LIP][1] - p[LOWER_LIP][1]);
    double step = upper > lower ? upper : lower, share = ROOM_FOR_LIPS * gap / (step < 1e-6 ? 1e-6 : step);
    return own * (share < 1 ? share : 1);
}

/* Plan the change: what opposes it is taken back, and what is missing from what is asked for is added. */
static void plan(pixelfes_work *work, const float p[][3], double asked, double teeth)
{
    pose_t head = pose_of(p, HEAD_SPREAD, HEAD_ORIGIN, HEAD_SPREAD_SIZE), frame = pose_of(p, SPREAD, ORIGIN, SPREAD_SIZE);
    double sizes[ACTIONS], meant[TAKEN_COUNT + 1], step[3], back[3], none[3] = {0, 0, 0};
    for (int i = 0; i < PIXELFES_POINTS; i++)
        move_point(work, i, p[i], none);
    shown_actions(work, &head, sizes);
    int closed = childlikeness(work, &head, sizes) > CHILDLIKE;
    double open = openness_of(work, &frame), area = teeth * (open > 1 ? open : 1);
    double own = open > PARTED && (area > OWN_TEETH || strength_of(work, &frame) > BROAD);
    opposing(sizes, own, meant);
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        back_step(&head, i, meant, back);
        move_point(work, i, p[i], back);
    }
    double strength = strength_of(work, &frame), relaxing = asked / TAKEN_BACK_AT < 1 ? asked / TAKEN_BACK_AT : 1;
    double seen = 1 - smoothstep(fabs(yaw_of(&head)), TURNED_FROM, TURNED_TO);
    double shown = strength * smoothstep(fabs(strength), 0.1, 0.4), least = -0.3 * (asked < 1 ? asked : 1);
    shown = shown < least ? least : shown;
    double movement = seen * (asked > shown ? asked - shown : 0);
    double wanted = asked >= 1 ? asked : asked > CLOSED_UNTIL ? (asked - CLOSED_UNTIL) / (1 - CLOSED_UNTIL) : 0;
    double opening = (closed ? 0 : wanted) - openness_of(work, &frame);
    opening *= (opening < 0 ? relaxing : 1) * (1 - own) * seen;
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        double added[3], share = seen_share(&head, i);
        back_step(&head, i, meant, back);
        for (int a = 0; a < 3; a++)
            step[a] = movement * MOVEMENT_AT(3 * i + a) + opening * OPENING_AT(3 * i + a);
        to_image(&frame, step, added);
        for (int a = 0; a < 3; a++)
            step[a] = (seen * relaxing * back[a] + added[a]) * share;
        move_point(work, i, p[i], step);
        work->here[i][0] = p[i][0];
        work->here[i][1] = p[i][1];
    }
    seal(work, &head);
    put_ring(work, p, RING_REACH);
    double opened = openness_of(work, &frame), parted = opened / TEETH_FROM;
    work->own.movement = to_fixed(movement);
    work->own.teeth = FULL_GAP > 0 ? to_fixed((1 - own) * (parted < 1 ? parted : 1)) : work->own.movement;
    work->own.still = to_fixed(still_share(work, p, own));
    double inside = SHADE + (1 - SHADE) * smoothstep(opened, LIGHT_FROM, LIGHT_TO);
    for (int c = 0; c < 3; c++)
        work->white[c] = to_fixed(inside * work->white[c] / 16777216.0);
}
