/* ---- the sizes of actions: caps, and actions that exclude each other ---- */

static void exclude(double *one, double *other)
{
    double least = *one < *other ? *one : *other;
    *one -= least;
    *other -= least;
}

/* Of two actions that exclude each other the larger counts, less the smaller. */
static void exclude_all(double sizes[PIXELFES_ACTIONS])
{
    for (int i = 0; i < ANTAGONISTS_COUNT; i++)
        exclude(&sizes[ANTAGONISTS[i][0]], &sizes[ANTAGONISTS[i][1]]);
    double pucker = sizes[PIXELFES_MOUTH_PUCKER], most = 0;
    for (int i = 0; i < 2; i++) {
        double *stretch = &sizes[i ? PIXELFES_MOUTH_STRETCH_R : PIXELFES_MOUTH_STRETCH_L];
        most = *stretch > most ? *stretch : most;
        *stretch = *stretch > pucker ? *stretch - pucker : 0;
    }
    sizes[PIXELFES_MOUTH_PUCKER] = pucker > most ? pucker - most : 0;
}

/* The sizes of actions as they are drawn. */
static int mix(const float *asked, double sizes[PIXELFES_ACTIONS])
{
    for (int k = 0; k < PIXELFES_ACTIONS; k++) {
        if (!(asked[k] >= -LARGEST_WEIGHT && asked[k] <= LARGEST_WEIGHT))
            return PIXELFES_BAD_INPUT;
        if (asked[k] > 0 && !STORED[ACTION_STORED[k]].moving)
            return PIXELFES_NOT_CHOSEN;
        sizes[k] = asked[k] < 0 ? 0 : asked[k] > CAPS[k] ? CAPS[k] : (double)asked[k];
    }
    exclude_all(sizes);
    return PIXELFES_OK;
}

int pixelfes_gaze(float sizes[PIXELFES_ACTIONS], float left, float up)
{
    if (!sizes || !(fabsf(left) <= LARGEST_ANGLE) || !(fabsf(up) <= LARGEST_ANGLE))
        return PIXELFES_BAD_INPUT;
    float across = fabsf(left) / (float)EYE_SIDEWAYS, along = up > 0 ? up / (float)EYE_UP : -up / (float)EYE_DOWN;
    sizes[left > 0 ? PIXELFES_EYE_LOOK_OUT_L : PIXELFES_EYE_LOOK_IN_L] += across;
    sizes[left > 0 ? PIXELFES_EYE_LOOK_IN_R : PIXELFES_EYE_LOOK_OUT_R] += across;
    sizes[up > 0 ? PIXELFES_EYE_LOOK_UP_L : PIXELFES_EYE_LOOK_DOWN_L] += along;
    sizes[up > 0 ? PIXELFES_EYE_LOOK_UP_R : PIXELFES_EYE_LOOK_DOWN_R] += along;
    return PIXELFES_OK;
}
