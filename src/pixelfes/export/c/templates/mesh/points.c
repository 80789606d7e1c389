/* ---- the points of the face ---- */

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

/* Put the ring that stays still around the face: so many times as large as its oval. */
static void put_ring(pixelfes_work *work, const float p[][3], double reach)
{
    for (int a = 0; a < 2; a++) {
        double middle = 0;
        for (int i = 0; i < OVAL_COUNT; i++)
            middle += p[OVAL[i]][a];
        middle /= OVAL_COUNT;
        for (int i = 0; i < OVAL_COUNT; i++)
            work->here[PIXELFES_POINTS + i][a] = work->there[PIXELFES_POINTS + i][a] =
                middle + reach * (p[OVAL[i]][a] - middle);
    }
}

static const uint8_t *pixel_at(const pixelfes_work *work, int x, int y)
{
    return work->photo + 3 * ((int64_t)y * work->width + x);
}

/* Take the photo, if it and the landmarks are what they should be. */
static int takes(pixelfes_work *work, const uint8_t *in, int width, int height, const float landmarks[PIXELFES_POINTS][3])
{
    if (!work || !in || !landmarks || width < 1 || height < 1 || width > 4096 || height > 4096)
        return 0;
    for (int i = 0; i < 3 * PIXELFES_POINTS; i++) {
        float value = landmarks[i / 3][i % 3];
        if (!(value > -1e6f && value < 1e6f))
            return 0;
    }
    work->photo = in;
    work->width = width;
    work->height = height;
    work->next = work->left = work->right = work->top = work->bottom = 0;
    return eye_distance(landmarks) >= 1e-6;
}
