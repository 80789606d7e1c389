/* ---- what the face shows already ---- */

static void canonical(const pixelfes_work *work, const pose_t *pose, int i, double out[3])
{
    double image[3] = {
        work->there[i][0] - pose->offset[0], work->there[i][1] - pose->offset[1],
        work->scratch.begun.depth[i] - pose->offset[2]};
    to_head(pose, image, out);
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

/* How far the proportions are from those of adults towards a small child's. */
static double childlikeness(const pixelfes_work *work, const pose_t *head, const double sizes[ACTIONS])
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
    return departure / 3;
}
