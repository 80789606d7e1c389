/* ---- where the points of the face go ---- */

/* A direction of the image, as the head or the model sees it, and back. */
static void to_head(const pose_t *pose, const double image[3], double out[3])
{
    for (int axis = 0; axis < 3; axis++) {
        out[axis] = 0;
        for (int a = 0; a < 3; a++)
            out[axis] += image[a] * pose->rotation[a][axis];
        out[axis] /= pose->scale;
    }
}

static void to_image(const pose_t *pose, const double canonical[3], double out[3])
{
    for (int a = 0; a < 3; a++)
        out[a] = pose->scale * (pose->rotation[a][0] * canonical[0] + pose->rotation[a][1] * canonical[1] +
                                pose->rotation[a][2] * canonical[2]);
}

/* The points that move: x and y in `there`, z in `depth`. */
static void move_point(pixelfes_work *work, int i, const float from[3], const double step[3])
{
    work->there[i][0] = from[0] + step[0];
    work->there[i][1] = from[1] + step[1];
    work->scratch.begun.depth[i] = from[2] + step[2];
}

static void canonical(const pixelfes_work *work, const pose_t *pose, int i, double out[3])
{
    double image[3] = {
        work->there[i][0] - pose->offset[0], work->there[i][1] - pose->offset[1],
        work->scratch.begun.depth[i] - pose->offset[2]};
    to_head(pose, image, out);
}

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

/* The sizes of the facial actions that the face shows: a least-squares fit without negative sizes. */
static void shown_actions(const pixelfes_work *work, const pose_t *head, double sizes[ACTIONS])
{
    double wanted[ACTIONS], pull[ACTIONS], point[3];
    for (int k = 0; k < ACTIONS; k++) {
        wanted[k] = -OFFSETS[k];
        sizes[k] = pull[k] = 0;
    }
    for (int i = 0; i < PIXELFES_POINTS; i++) {
        canonical(work, head, i, point);
        for (int k = 0; k < ACTIONS; k++)
            for (int a = 0; a < 3; a++)
                wanted[k] += ACTION_READOUTS_AT(3 * (PIXELFES_POINTS * k + i) + a) * point[a];
    }
    for (int round = 0; round < ROUNDS; round++) {
        double given[ACTIONS];
        for (int k = 0; k < ACTIONS; k++)
            given[k] = SCALE[k] * wanted[k] + STEP * (sizes[k] - pull[k]);
        for (int k = 0; k < ACTIONS; k++) {
            double fitted = 0;
            for (int j = 0; j < ACTIONS; j++)
                fitted += INVERSE[k][j] * given[j];
            sizes[k] = fitted + pull[k] < 0 && k != SMILE ? 0 : fitted + pull[k];
            pull[k] += fitted - sizes[k];
        }
    }
    for (int k = 0; k < ACTIONS; k++)
        sizes[k] *= SCALE[k];
}

static int is_childlike(const pixelfes_work *work, const pose_t *head, const double sizes[ACTIONS])
{
    double chin[3], mouth[3], left[3], right[3], departure = 0;
    canonical(work, head, CHIN, chin);
    canonical(work, head, UPPER_LIP, mouth);
    canonical(work, head, LEFT_CORNER, left);
    canonical(work, head, RIGHT_CORNER, right);
    double measures[3] = {chin[1], chin[1] - mouth[1], left[0] - right[0]};
    for (int m = 0; m < 3; m++) {
        for (int k = 0; k < ACTIONS; k++)
            measures[m] -= sizes[k] * ACTION_MEASURES[k][m];
        departure += (MEAN_MEASURES[m] - measures[m]) / ADULT_DEVIATIONS[m];
    }
    return departure / 3 > CHILDLIKE;
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

static double yaw_of(const pose_t *head)
{
    return atan2(-head->rotation[0][2], head->rotation[2][2]) * 57.29577951308232;
}

/* How well a point of the turned head is seen, in units of how well it is seen from the front. */
static double seen_share(const pose_t *head, int i)
{
    double facing = 0;
    for (int a = 0; a < 3; a++)
        facing -= NORMALS_AT(3 * i + a) * head->rotation[2][a];
    facing /= FROM_FRONT_AT(i);
    return facing < 0 ? 0 : facing > 1 ? 1 : facing;
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

static void put_ring(pixelfes_work *work, const float p[][3])
{
    for (int a = 0; a < 2; a++) {
        double middle = 0;
        for (int i = 0; i < OVAL_COUNT; i++)
            middle += p[OVAL[i]][a];
        middle /= OVAL_COUNT;
        for (int i = 0; i < OVAL_COUNT; i++)
            work->here[PIXELFES_POINTS + i][a] = work->there[PIXELFES_POINTS + i][a] =
                middle + RING_REACH * (p[OVAL[i]][a] - middle);
    }
}

/* Plan the change: what opposes it is taken back, and what is missing from what is asked for is added. */
static void plan(pixelfes_work *work, const float p[][3], double asked, double teeth)
{
    pose_t head = pose_of(p, HEAD_SPREAD, HEAD_ORIGIN, HEAD_SPREAD_SIZE), frame = pose_of(p, SPREAD, ORIGIN, SPREAD_SIZE);
    double sizes[ACTIONS], meant[TAKEN_COUNT + 1], step[3], back[3], none[3] = {0, 0, 0};
    for (int i = 0; i < PIXELFES_POINTS; i++)
        move_point(work, i, p[i], none);
    shown_actions(work, &head, sizes);
    int closed = is_childlike(work, &head, sizes);
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
    put_ring(work, p);
    double opened = openness_of(work, &frame), parted = opened / TEETH_FROM;
    work->movement = to_fixed(movement);
    work->teeth = FULL_GAP > 0 ? to_fixed((1 - own) * (parted < 1 ? parted : 1)) : work->movement;
    work->still = to_fixed(still_share(work, p, own));
    double inside = SHADE + (1 - SHADE) * smoothstep(opened, LIGHT_FROM, LIGHT_TO);
    for (int c = 0; c < 3; c++)
        work->white[c] = to_fixed(inside * work->white[c] / 16777216.0);
}
